import {
  compose,
  coreError,
  describeGate,
  identify,
  onSecurityEvent,
  reportOnly,
  type SecurityEvent,
} from '@sallyport/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { bearer, environment, gate, later } from './support.ts'

const refuse = () => {
  throw coreError('ERR_UNAUTHENTICATED')
}

describeHosts('compose()', (host) => {
  it('opens one gate after the other, synchronous and asynchronous ones mixed', async () => {
    const env = environment()
    const order: number[] = []
    const step = (n: number) => () => void order.push(n)
    const app = await host.start({
      use: [compose(gate(env, step(1)), gate(env, later(step(2))), gate(env, step(3)), gate(env, later(step(4))))],
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('stops at the first that refuses or answers, and names the one that refused', async () => {
    const env = environment()
    const seen: SecurityEvent[] = []
    onTestFinished(onSecurityEvent((event) => seen.push(event), { env }))
    let after = 0
    for (const inner of [refuse, later(refuse)]) {
      const app = await host.start({
        use: [
          compose(
            gate(env, () => undefined, 'a'),
            compose(gate(env, inner, 'b')),
            gate(env, () => void after++, 'c'),
          ),
        ],
      })
      expect((await app.fetch('/orders')).status).toBe(401)
    }
    const app = await host.start({
      use: [
        compose(
          gate(
            env,
            later(() => ({ status: 204 })),
          ),
          gate(env, () => void after++),
        ),
      ],
    })
    expect((await app.fetch('/orders')).status).toBe(204)
    expect(after).toBe(0)
    expect(seen.map(({ detail }) => detail)).toEqual([
      { gate: 'b', code: 'ERR_UNAUTHENTICATED', status: 401, reportOnly: false },
      { gate: 'b', code: 'ERR_UNAUTHENTICATED', status: 401, reportOnly: false },
    ])
  })
})

describeHosts('reportOnly()', (host) => {
  it('publishes what would have been refused, and passes', async () => {
    const env = environment()
    const seen: SecurityEvent[] = []
    onTestFinished(onSecurityEvent((event) => seen.push(event), { env }))
    const failing = () => {
      throw new TypeError('bug')
    }
    for (const [open, code] of [
      [refuse, 'ERR_UNAUTHENTICATED'],
      [later(refuse), 'ERR_UNAUTHENTICATED'],
      [() => ({ status: 303, headers: { location: '/login' } }), 'ANSWER'],
      [failing, 'ERR_GATE_FAILED'],
    ] as const) {
      seen.length = 0
      const app = await host.start({ use: [reportOnly(gate(env, open, 'new-gate'))] })
      const response = await app.fetch('/orders')
      expect([response.status, await response.text()]).toEqual([200, 'reached'])
      const refused = seen.filter((event) => event.type === 'gate.refused')
      expect(refused.map(({ detail }) => detail)).toEqual([
        { gate: 'new-gate', code, status: expect.any(Number), reportOnly: true },
      ])
    }
  })

  it('counts a bad credential against nobody while it only reports', async () => {
    const env = environment()
    const bad = identify(
      (_seen, exchange) => {
        const error = coreError('ERR_UNAUTHENTICATED')
        exchange.rejectCredential(error)
        throw error
      },
      { env },
    )
    const app = await host.start({ use: [reportOnly(bad), identify(() => bearer('ada'), { env })] })
    expect((await app.fetch('/orders')).status).toBe(200)
  })

  it('makes known to later gates whom it accepted', async () => {
    const env = environment()
    const app = await host.start({
      use: [reportOnly(identify(() => bearer('ada'), { env }))],
      handler: ({ principal }) => ({ body: principal?.subject ?? 'nobody' }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('ada')
  })
})

describe('at construction', () => {
  it('compose and reportOnly refuse what is no middleware of Sallyport', () => {
    expect(() => compose((() => undefined) as never)).toThrow(/argument 1 is no middleware of Sallyport/)
    expect(() => reportOnly({} as never)).toThrow(/no middleware of Sallyport/)
    expect(() => compose(...([] as unknown as [never]))).toThrow(/at least one/)
  })

  it('compose refuses gates of two environments, and names them', () => {
    const two = [gate(environment(), () => undefined, 'a'), gate(environment(), () => undefined, 'b')] as const
    expect(() => compose(...two)).toThrow(/b is on another environment than a/)
  })

  it('compose tells what all of its gates require', () => {
    const env = environment()
    const composed = compose(
      identify(() => undefined, { env, required: true }),
      identify(() => undefined, { env }),
    )
    expect(describeGate(composed)).toMatchObject({
      name: 'identify+identify',
      requires: { authentication: 'required' },
      parts: [{ name: 'identify' }, { name: 'identify' }],
    })
    expect(describeGate(reportOnly(composed))?.requires).toEqual({})
  })
})
