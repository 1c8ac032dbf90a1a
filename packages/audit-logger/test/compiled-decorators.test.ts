import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compiled, compilers } from '../../decorators/test/build.ts'
import { codeOf, scene } from './support.ts'

const folder = join(import.meta.dirname, '.built')

// What an app's compiler makes of the decorator and of the mixin, with types checked where the compiler does that.
const source = `
import { Auditable, SecurityEvent } from '@sallyport/audit-logger'

class Base { constructor(readonly name: string) {} }

export class Orders extends Auditable(Base) {
  #cancelled: string[] = []

  @SecurityEvent('order.cancelled', { resource: (id: string, why?: string) => ({ type: 'order', id }), detail: (id, why) => ({ why }) })
  cancel(id: string, why?: string): string {
    if (id === '0') throw new RangeError('no such order')
    this.#cancelled.push(id)
    return this.name + ' ' + this.#cancelled.join()
  }

  @SecurityEvent('order.approved')
  async approve(id: string): Promise<string> {
    await this.audit({ type: 'order.looked-at', resource: { type: 'order', id } })
    return 'approved ' + id
  }

  @SecurityEvent('order.moved', { resource: (id: string) => ({ type: 'order', id }) })
  move(id: string, to: number): number { return to }

  @SecurityEvent('orders.listed')
  static list(): number { return 3 }
}
`

interface Orders {
  cancel(id: string, why?: string): string
  approve(id: string): Promise<string>
  move(id: string, to: number): number
}
interface Loaded {
  readonly Orders: (new (name: string) => Orders) & { list(): number }
}

it.each(compilers)('%s: @SecurityEvent and Auditable work as they are written', async (compiler) => {
  const { Orders } = (await compiled(source, compiler, folder)) as unknown as Loaded
  const { records } = scene()
  const orders = new Orders('shop')
  expect(orders.cancel('7', 'late')).toBe('shop 7')
  expect(orders.cancel('8')).toBe('shop 7,8')
  expect(() => orders.cancel('0')).toThrow(RangeError)
  expect(await orders.approve('9')).toBe('approved 9')
  expect(orders.move('9', 2)).toBe(2)
  expect(Orders.list()).toBe(3)
  const all = await records()
  expect(
    all.map(({ type, outcome, resource, detail, reason }) => [type, outcome, resource?.id, detail?.['why'], reason]),
  ).toEqual([
    ['order.cancelled', 'success', '7', 'late', undefined],
    ['order.cancelled', 'success', '8', undefined, undefined],
    ['order.cancelled', 'failure', '0', undefined, 'RangeError'],
    ['order.looked-at', 'success', '9', undefined, undefined],
    ['order.approved', 'success', undefined, undefined, undefined],
    ['order.moved', 'success', '9', undefined, undefined],
    ['orders.listed', 'success', undefined, undefined, undefined],
  ])
})

it.each(['tsc, standard', 'tsc, legacy'] as const)(
  '%s: refuses options that are not the method’s',
  async (compiler) => {
    const wrong = `
import { SecurityEvent } from '@sallyport/audit-logger'
export class Orders {
  @SecurityEvent('order.cancelled', { resource: (id: number) => ({ type: 'order', id: String(id) }) })
  cancel(id: string): string { return id }
}`
    expect(await codeOf(compiled(wrong, compiler, folder))).toMatch(/TS\d+|error/)
  },
)
