import { onSecurityEvent } from '@sallyport/core'
import { captureEvents, signIn, testPrincipal } from '@sallyport/core/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, gate } from './support.ts'

describeHosts('signIn()', (host) => {
  it('makes everybody the given principal, or nobody', async () => {
    const env = environment()
    let who: ReturnType<typeof testPrincipal> | undefined = testPrincipal({ subject: 'ada', roles: ['clerk'] })
    const app = await host.start({
      use: [signIn(() => who, { env })],
      handler: ({ principal }) => ({ body: { subject: principal?.subject ?? null, roles: principal?.roles ?? [] } }),
    })
    const ask = async () => (await app.fetch('/orders', { method: 'POST' })).json()
    expect(await ask()).toEqual({ subject: 'ada', roles: ['clerk'] })
    who = undefined
    expect(await ask()).toEqual({ subject: null, roles: [] })
  })
})

describe('testPrincipal()', () => {
  it('is a frozen principal of the issuer `test`', () => {
    const principal = testPrincipal()
    expect(principal).toEqual({
      issuer: 'test',
      subject: 'user',
      roles: [],
      amr: [],
      credential: { kind: 'bearer', ambient: false },
    })
    expect(Object.isFrozen(principal)).toBe(true)
    expect(() => testPrincipal({ roles: 'admin' as never })).toThrow(TypeError)
  })
})

describe('captureEvents()', () => {
  it('collects the events of one environment until it is stopped', () => {
    const [env, other] = [environment(), environment()]
    const events = captureEvents(env)
    const detail = { kind: 'token', reason: 'x' } as const
    void env.publish('revocation.recorded', detail)
    void other.publish('revocation.recorded', detail)
    void env.publish('health.changed', { part: 'store', healthy: false })
    expect(events.all).toHaveLength(2)
    const [health] = events.of('health.changed')
    expect(health?.detail).toEqual({ part: 'store', healthy: false })
    expectTypeOf(health!.detail.healthy).toBeBoolean()
    events.stop()
    void env.publish('revocation.recorded', detail)
    expect(events.all).toHaveLength(2)
  })

  it('leaves no listener behind', () => {
    const env = environment()
    captureEvents(env).stop()
    onSecurityEvent(() => undefined, { env })()
    expect(env.listening).toBe(false)
    gate(env, () => undefined)
  })
})
