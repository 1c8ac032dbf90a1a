import {
  compose,
  createEnvironment,
  decisionIn,
  decisionOn,
  defineMiddleware,
  describeGate,
  publicRoute,
  recordDecision,
  reportOnly,
  type Exchange,
} from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'

describe('what a gate decides', () => {
  it.each([
    [{}, undefined],
    [{ authentication: 'required' }, undefined],
    [{ factors: ['otp'] }, undefined],
    [{ public: 'a page' }, 'public'],
    [{ login: 'a profile' }, 'login'],
    [{ permissions: ['a:b'] }, 'permission'],
    [{ anyPermissions: [['a:b']] }, 'permission'],
    [{ scopes: ['a'], public: 'a page' }, 'permission'],
  ] as const)('%j: %s', (requires, decision) => {
    expect(decisionIn(requires)).toBe(decision)
  })

  it('is what its parts decide together, and nothing where it only reports', () => {
    const env = createEnvironment()
    const gate = compose(publicRoute('a page', { env }), publicRoute('another', { env }))
    expect(describeGate(gate)?.requires).toEqual({ authentication: 'none', public: 'a page' })
    expect(decisionIn(describeGate(reportOnly(gate))!.requires)).toBeUndefined()
  })
})

describeHosts('the decision on an exchange', (host) => {
  it('is the strongest one, and none of a gate that only reports', async () => {
    const env = createEnvironment()
    const seen: (string | undefined)[] = []
    const gate = (decide: (exchange: Exchange) => void) =>
      defineMiddleware({
        name: 'decides',
        environment: env,
        gate(exchange) {
          decide(exchange)
          seen.push(decisionOn(exchange))
        },
      })
    const app = await host.start({
      use: [
        reportOnly(gate((exchange) => recordDecision(exchange, 'permission'))),
        publicRoute('a page', { env }),
        gate(() => undefined),
        gate((exchange) => recordDecision(exchange, 'login')),
        gate((exchange) => recordDecision(exchange, 'public')),
        gate((exchange) => recordDecision(exchange, 'permission')),
      ],
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    expect(seen).toEqual([undefined, 'public', 'login', 'login', 'permission'])
    await env.close()
  })
})
