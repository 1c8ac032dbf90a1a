import { decoratorsFor, Require, rulesOf } from '@sallyport/decorators'
import { describe, expect, it } from 'vitest'
import { compiled, compilers } from './build.ts'

const source = `
import { Audit, Authenticated, Controller, Delete, Get, Public, Require, RequireAny, RequireMfa, RequireScope } from '@sallyport/decorators'

function replaces(target: any, second: any, descriptor?: any): any {
  const inner = descriptor ? descriptor.value : target
  const outer = function (this: unknown, ...args: unknown[]) { return inner.apply(this, args) }
  return descriptor ? { ...descriptor, value: outer } : outer
}

@Controller('/orders')
@Require('orders:access')
export class Orders {
  @Get('/') @Require('orders:read', 'orders:list') list() {}
  @Get('/:id') @RequireAny('orders:read', 'orders:audit') read() {}
  @Delete('/:id') @Require('orders:delete') @RequireMfa({ maxAge: 300 }) @Audit('order.delete') remove() {}
  @Get('/prices') @Public('a price list') prices() {}
  @Get('/mine') @Authenticated('everybody has some') mine() {}
  @Get('/token') @RequireScope('orders') token() {}
  plain() {}
}
export class Shop extends Orders {
  override list() {}
  @Require('shop:read') override read() {}
  @Require('shop:prices') override prices() {}
}
@Public('all of it') export class Open { @Get('/') page() {} @Get('/x') @Require('x:y') closed() {} }
export class Replaced { @replaces @Require('orders:read') list() {} }
export class Twice extends Replaced {}
export { Shop as default }
`

describe.each(compilers)('decorators compiled by %s', (compiler) => {
  const loaded = compiled(source, compiler) as unknown as Promise<Record<string, new () => object>>
  async function rules(name: string, method: string): Promise<string[]> {
    const type = (await loaded)[name]!
    // Standard decorators finish their work when an instance is made.
    void new type()
    return rulesOf(type, method).all.map((rule) => JSON.stringify(rule))
  }
  const demands = (...permissions: string[]) => JSON.stringify({ kind: 'permission', permissions, quantifier: 'all' })

  it('record what stands on a method, added to what stands on its class', async () => {
    expect(await rules('Orders', 'list')).toEqual([demands('orders:access'), demands('orders:read', 'orders:list')])
    expect(await rules('Orders', 'plain')).toEqual([demands('orders:access')])
    expect((await rules('Orders', 'remove')).toSorted()).toEqual(
      [
        demands('orders:access'),
        demands('orders:delete'),
        '{"kind":"mfa","demand":{"maxAge":300}}',
        '{"kind":"audit","action":"order.delete"}',
      ].toSorted(),
    )
    expect(await rules('Orders', 'read')).toEqual([
      demands('orders:access'),
      '{"kind":"permission","permissions":["orders:read","orders:audit"],"quantifier":"any"}',
    ])
    expect(await rules('Orders', 'token')).toEqual([demands('orders:access'), '{"kind":"scope","scopes":["orders"]}'])
  })

  it('take the place of what is farther away where they say so', async () => {
    expect(await rules('Orders', 'prices')).toEqual(['{"kind":"public","why":"a price list"}'])
    expect(await rules('Orders', 'mine')).toEqual(['{"kind":"login","why":"everybody has some"}'])
    expect(await rules('Open', 'page')).toEqual(['{"kind":"public","why":"all of it"}'])
    expect(await rules('Open', 'closed')).toEqual([demands('x:y')])
  })

  it('are inherited by an overriding method of a subclass, which may add to them', async () => {
    expect(await rules('Shop', 'list')).toEqual(await rules('Orders', 'list'))
    expect(await rules('Shop', 'read')).toEqual([...(await rules('Orders', 'read')), demands('shop:read')])
    expect(await rules('Shop', 'remove')).toEqual(await rules('Orders', 'remove'))
    expect(await rules('Shop', 'prices')).toEqual([demands('shop:prices')])
    // The superclass is as it was.
    expect(await rules('Orders', 'read')).toHaveLength(2)
  })

  it('survive a decorator outside of them that replaces the method', async () => {
    expect(await rules('Replaced', 'list')).toEqual([demands('orders:read')])
    expect(await rules('Twice', 'list')).toEqual([demands('orders:read')])
  })

  it('refuse places where they would guard nothing', async () => {
    const places = {
      'a field': '@Require("a:b") field = 1',
      'a getter': '@Require("a:b") get one() { return 1 }',
      'a static method': '@Require("a:b") static one() {}',
      'a private method': '@Require("a:b") #one() { return this.#one }',
      'a route on a class': '',
    }
    for (const [place, member] of Object.entries(places)) {
      const head = place === 'a route on a class' ? '@(Get("/") as any) ' : ''
      const any = member.replace('@Require("a:b")', '@(Require("a:b") as any)')
      const text = `import { Get, Require } from '@sallyport/decorators'\nvoid Get; void Require\n${head}export class A { ${any} }`
      // The compiler itself refuses private methods in legacy mode.
      if (compiler.includes('legacy') && place === 'a private method') continue
      await expect(compiled(text, compiler), place).rejects.toThrow(/guards nothing/)
    }
  })
})

describe('misuse', () => {
  it.each(['tsc, standard', 'tsc, legacy'] as const)('does not compile: %s', async (compiler) => {
    const misuses = [
      'export class A { @Require("a:b") field = 1 }',
      'export class A { @Require("a:b") get one() { return 1 } }',
      '@Get("/") export class A {}',
      'export class A { @Controller("/") one() {} }',
      'export class A { @Require() one() {} }',
      'export class A { @Public() one() {} }',
      'export class A { @RequireMfa({ maxage: 1 }) one() {} }',
      'const { Require: Typed } = decoratorsFor(["orders:read"]); export class A { @Typed("orders:raed") one() {} }',
    ]
    const head = `import { Controller, decoratorsFor, Get, Public, Require, RequireMfa } from '@sallyport/decorators'\nvoid [Controller, decoratorsFor, Get, Public, Require, RequireMfa]\n`
    for (const misuse of misuses) await expect(compiled(head + misuse, compiler), misuse).rejects.toThrow(/error TS/)
    const right =
      'const { Require: Typed } = decoratorsFor(["orders:read"]); export class A { @Typed("orders:read") one() {} }'
    await expect(compiled(head + right, compiler)).resolves.toBeTruthy()
  })

  it('is refused at run time, too', () => {
    expect(() => decoratorsFor(['orders:read']).Require('orders:raed' as never)).toThrow(/catalogue/)
    expect(() => (Require as () => unknown)()).toThrow(/at least one name/)
  })
})

it('mirrors the rules to Reflect’s metadata and to the metadata of the standard', async () => {
  await import('reflect-metadata')
  const text = `import { Require } from '@sallyport/decorators'\n@Require('a:b') export class A { @Require('c:d') one() {} }`
  const legacy = (await compiled(text, 'tsc, legacy')) as unknown as { A: new () => object }
  const { getMetadata } = Reflect as unknown as { getMetadata(key: string, target: object, name?: string): unknown }
  expect(getMetadata('sallyport:rules', legacy.A)).toMatchObject([{ permissions: ['a:b'] }])
  expect(getMetadata('sallyport:rules', legacy.A.prototype as object, 'one')).toMatchObject([{ permissions: ['c:d'] }])
  const { A } = (await compiled(text, 'tsc, standard with Symbol.metadata')) as unknown as {
    A: Record<symbol, Record<symbol, object>>
  }
  const key = (Symbol as { metadata?: symbol }).metadata ?? Symbol.for('Symbol.metadata')
  expect(A[key]![Symbol.for('sallyport.rules')]).toMatchObject({
    class: [{ permissions: ['a:b'] }],
    one: [{ permissions: ['c:d'] }],
  })
})
