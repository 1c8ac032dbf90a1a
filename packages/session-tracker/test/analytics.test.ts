import { createEnvironment, createMemoryStore } from '@sallyport/core'
import { sessionTracker } from '@sallyport/session-tracker'
import { describe, expect, it, onTestFinished } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { Bucket } from '../src/analytics/bucket.ts'
import { HyperLogLog } from '../src/analytics/hyper-log-log.ts'
import { startScene } from './support/scene.ts'

describe('a sketch', () => {
  it.each([0, 1, 100, 5000, 100_000])('counts %i different names within five per cent, in the same memory', (count) => {
    const sketch = new HyperLogLog()
    for (let i = 0; i < count; i++) for (let twice = 0; twice < 2; twice++) sketch.add(`user-${i}`)
    expect(Math.abs(sketch.count - count)).toBeLessThanOrEqual(Math.ceil(count * 0.05))
    expect(sketch.registers).toHaveLength(4096)
  })

  it('together with another one counts what either has seen', () => {
    const [a, b] = [new HyperLogLog(), new HyperLogLog()]
    for (let i = 0; i < 3000; i++) a.add(`user-${i}`)
    for (let i = 2000; i < 5000; i++) b.add(`user-${i}`)
    a.merge(b)
    expect(Math.abs(a.count - 5000)).toBeLessThan(250)
  })
})

describe('what is counted', () => {
  it('comes back from the store as it was, and adds up', () => {
    const bucket = new Bucket()
    for (const lasted of [0, 59, 60, 119, 120, 86_400, 1e9]) bucket.ended(lasted)
    bucket.begun('Firefox', 'DE')
    bucket.begun('__proto__', undefined)
    bucket.used('a', 's')
    const copy = Bucket.decode(bucket.encode())!
    copy.merge(bucket)
    expect(copy.counts).toMatchObject({ begun: 4, ended: 14, browsers: { Firefox: 2 }, countries: { DE: 2 } })
    expect(Object.entries(copy.counts.browsers)).toContainEqual(['__proto__', 2])
    expect(copy.counts.lengths.slice(0, 3)).toEqual([4, 4, 2])
    expect(copy.users.count).toBe(1)
  })

  it('has bounded names: clients that say something new each time are one', () => {
    const bucket = new Bucket()
    for (let i = 0; i < 1000; i++) bucket.begun(`browser ${i}`, undefined)
    expect(Object.keys(bucket.counts.browsers)).toHaveLength(65)
    expect(bucket.counts.browsers['other']).toBe(1000 - 64)
  })
})

describe.each([express5Host, koa3Host].map((host) => [host.name, host] as const))('figures on %s', (_name, host) => {
  it('tell of users and sessions now and over time, of all nodes', async () => {
    const memory = createMemoryStore()
    const store = { ...memory, close: () => Promise.resolve() }
    const { browser, sessions, clock } = await startScene(host, {
      own: true,
      environment: { store },
      tracker: { idle: 200_000, analytics: true, geo: { lookup: () => ({ country: 'DE' }) } },
    })
    const first = browser()
    await first.login('ada')
    await browser().login('ada')
    await browser().login('bob')
    expect((await sessions.figures()).now).toEqual({ users: 2, sessions: 3 })
    clock.set(clock.now() + 86_400_000)
    await first.send()
    for (const { id } of (await sessions.list({ issuer: 'local', subject: 'ada' })).slice(0, 1)) {
      await sessions.end({ issuer: 'local', subject: 'ada' }, id, { reason: 'test' })
    }
    const figures = await sessions.figures({ by: 'day', count: 2 })
    expect(figures).toMatchObject({
      now: { users: 1, sessions: 1 },
      users: 2,
      sessions: 3,
      browsers: { Firefox: 3 },
      countries: { DE: 3 },
      length: { average: 86_400 },
    })
    expect(figures.series.map(({ users, sessions, begun, ended }) => [users, sessions, begun, ended])).toEqual([
      [2, 3, 3, 0],
      [1, 1, 0, 1],
    ])
    // Another node reads the same.
    const env = createEnvironment({ store, clock })
    onTestFinished(() => env.close())
    const other = sessionTracker({ env, cookie: true, analytics: true })
    expect(await other.figures({ by: 'day', count: 2 })).toEqual(figures)
    expect((await other.figures({ by: 'hour', count: 200 })).series).toHaveLength(200)
  })

  it('are on a route for those who may see them', async () => {
    const { browser } = await startScene(host, {
      own: true,
      tracker: { analytics: true },
      behind: (sessions, env) => {
        env.ports.offer('can', ({ roles }) => roles.includes('support'))
        return [sessions.routes({ adminPermission: 'sessions:manage' })]
      },
    })
    const [support, user] = [browser(), browser()]
    await support.login('sam', ['support'])
    await user.login('ada')
    const figures = (await (await support.request('GET', '/admin/figures?by=hour&count=2')).json()) as { now: unknown }
    expect(figures.now).toEqual({ users: 2, sessions: 2 })
    expect((await user.request('GET', '/admin/figures')).status).toBe(403)
    for (const query of ['by=week', 'count=0', 'count=401', 'count=x']) {
      expect((await support.request('GET', `/admin/figures?${query}`)).status).toBe(400)
    }
  })
})

it('figures that nobody counts are refused', async () => {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  await expect(sessionTracker({ env, cookie: true }).figures()).rejects.toMatchObject({ code: 'ERR_OPTION' })
})
