import { describe, expect, it } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { answered, startScene, type SceneOptions } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }
const kinds: readonly (readonly [string, SceneOptions])[] = [
  ['the app’s sessions', { kept: { maxAge: 1_000_000_000 } }],
  ['the cookie session', { own: true }],
]

describe.each(
  [express5Host, koa3Host].flatMap((host) =>
    kinds.map(([name, options]) => [`${name} on ${host.name}`, host, options] as const),
  ),
)('lifetimes of %s', (_name, host, options) => {
  const tracker = { idle: 600, absolute: 3600 }
  const over = options.own ? null : 'ERR_SESSION_EXPIRED'

  it('ASVS 7.3.1: a session that nobody uses ends, and one that is used goes on', async () => {
    const { browser, clock, sessions, events } = await startScene(host, { ...options, tracker })
    const [laptop, phone] = [browser(), browser()]
    await laptop.login()
    await phone.login()
    await clock.advance(400_000)
    expect(await answered(laptop.send())).toBe('ada')
    await clock.advance(201_000)
    expect(await answered(laptop.send())).toBe('ada')
    expect(await sessions.list(ada)).toHaveLength(1)
    expect(await answered(phone.send())).toBe(over)
    expect(await answered(phone.send())).toBeNull()
    expect(events.of('session.ended').at(-1)!.detail).toMatchObject({ reason: 'idle', by: 'policy' })
    await phone.login()
    expect(await answered(phone.send())).toBe('ada')
  })

  it('ASVS 7.3.2: a session ends after its time, however much it is used', async () => {
    const { browser, clock } = await startScene(host, { ...options, tracker })
    const laptop = browser()
    await laptop.login()
    for (let i = 0; i < 8; i++) {
      expect(await answered(laptop.send())).toBe('ada')
      await clock.advance(450_000)
    }
    expect(await answered(laptop.send())).toBe(over)
    expect(await answered(laptop.send())).toBeNull()
  })

  it('a clock that is set back keeps nobody in beyond their time, and throws nobody out', async () => {
    const { browser, clock, sessions } = await startScene(host, { ...options, tracker })
    const laptop = browser()
    const start = clock.now()
    await laptop.login()
    clock.set(start + 500_000)
    expect(await answered(laptop.send())).toBe('ada')
    clock.set(start - 86_400_000)
    expect(await answered(laptop.send())).toBe('ada')
    await clock.advance(1000)
    await sessions.flush()
    await clock.advance(590_000)
    expect(await answered(laptop.send())).toBe('ada')
    // Its end was far away by this clock; it is not later than the longest session from here.
    const [session] = await sessions.list(ada)
    expect(session!.endsAt).toBeLessThanOrEqual(clock.now() / 1000 + 3600)
    await clock.advance(601_000)
    expect(await answered(laptop.send())).toBe(over)
  })

  it('a clock that jumps ahead ends sessions as if that time had passed', async () => {
    const { browser, clock } = await startScene(host, { ...options, tracker })
    const laptop = browser()
    await laptop.login()
    clock.set(clock.now() + 610_000)
    expect(await answered(laptop.send())).toBe(over)
  })
})

describe('writes', () => {
  it('a session is written once in an interval, apart from its requests, and never read while the process knows it', async () => {
    const { createMemoryStore } = await import('@sallyport/core')
    const inner = createMemoryStore()
    const calls: string[] = []
    const store = {
      ...inner,
      get: (...args: Parameters<typeof inner.get>) => (calls.push('get'), inner.get(...args)),
      commit: (...args: Parameters<typeof inner.commit>) => (calls.push('commit'), inner.commit(...args)),
      listOwned: (...args: Parameters<typeof inner.listOwned>) => (calls.push('list'), inner.listOwned(...args)),
    }
    const { browser, clock, sessions } = await startScene(express5Host, { own: true, environment: { store } })
    const laptop = browser()
    await laptop.login()
    await laptop.send()
    await sessions.flush()
    calls.length = 0
    for (let i = 0; i < 20; i++) await laptop.send()
    await clock.advance(59_000)
    for (let i = 0; i < 20; i++) await laptop.send()
    expect(calls).toEqual([])
    await clock.advance(2000)
    for (let i = 0; i < 20; i++) await laptop.send()
    expect(calls).toEqual([])
    await clock.advance(1000)
    expect(calls).toEqual(['commit'])
    const before = (await sessions.list(ada))[0]!.lastSeenAt
    await laptop.send()
    await sessions.flush()
    expect((await sessions.list(ada))[0]!.lastSeenAt).toBe(before)
  })

  it('what waits is written when the environment closes', async () => {
    const { createEnvironment, createMemoryStore } = await import('@sallyport/core')
    const inner = createMemoryStore()
    const store = { ...inner, close: () => Promise.resolve() }
    const { browser, clock, env } = await startScene(express5Host, { own: true, environment: { store } })
    const laptop = browser()
    await laptop.login()
    const start = Math.floor(clock.now() / 1000)
    await clock.advance(61_000)
    await laptop.send()
    await env.close()
    const { sessionTracker } = await import('@sallyport/session-tracker')
    const next = createEnvironment({ store, clock })
    expect((await sessionTracker({ env: next, cookie: true }).list(ada))[0]!.lastSeenAt).toBe(start + 61)
    await next.close()
  })
})
