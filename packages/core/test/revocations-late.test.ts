import { createEnvironment, createMemoryStore, type Environment, type Store } from '@sallyport/core'
import { captureEvents, createTestClock, type TestClock } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NOW, caller, session, subject, token } from './revocations-support.ts'

const LOG = 'sallyport.revocations'
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' } }

/** A server that takes `delay` milliseconds to say that it has appended, or is not reachable. */
function createServer(clock: TestClock) {
  const inner = createMemoryStore({ clock })
  const server = { delay: 0, state: 'up' as 'up' | 'down' | 'frozen', inner }
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    if (server.state === 'down') throw new Error('connection refused')
    if (server.state === 'frozen') await new Promise(() => undefined)
    return work()
  }
  const store: Store = {
    ...inner,
    get: (key) => through(() => inner.get(key)),
    readSince: (...given) => through(() => inner.readSince(...given)),
    append: (...given) =>
      through(async () => {
        const index = await inner.append(...given)
        if (server.delay > 0) await new Promise<void>((resolve) => void clock.after(server.delay, resolve))
        return index
      }),
    close: () => Promise.resolve(),
  }
  return { server, store }
}

async function scene() {
  const clock = createTestClock(NOW * 1000)
  const { server, store } = createServer(clock)
  const node = async () => {
    const env = createEnvironment({ store, clock })
    const events = captureEvents(env)
    onTestFinished(() => events.stop())
    onTestFinished(() => env.close())
    await env.revocations.ready()
    const recorded = (): number => events.of('revocation.recorded').length
    return { env, recorded }
  }
  return { clock, server, here: await node(), there: await node(), node }
}

/** What became of a revocation, once the time of a call is over. */
async function revoke(env: Environment, clock: TestClock, what = session('sid-1')): Promise<unknown> {
  const outcome = env.revocations.revoke(what).then(
    () => 'recorded',
    (refusal: unknown) => refusal,
  )
  await clock.advance(250)
  return outcome
}

describe('a revocation whose recording is not confirmed in time', () => {
  it('is refused to who asked, in force here at once, and with the others if it did happen', async () => {
    const { clock, server, here, there } = await scene()
    server.delay = 400
    expect(await revoke(here.env, clock)).toMatchObject(unavailable)
    expect(here.env.revocations.find(caller())).toBeDefined()
    await clock.advance(1000)
    expect(there.env.revocations.find(caller())).toEqual(session('sid-1'))
  })

  it('is recorded until it is confirmed, and reported once on each node, however often it was', async () => {
    const { clock, server, here, there } = await scene()
    server.delay = 400
    expect(await revoke(here.env, clock)).toMatchObject(unavailable)
    await clock.advance(3000)
    expect(here.recorded()).toBe(0)
    server.delay = 0
    await clock.advance(3000)
    const { last } = await server.inner.readSince(LOG, 0)
    expect(last).toBeGreaterThan(1)
    await clock.advance(60_000)
    expect((await server.inner.readSince(LOG, 0)).last).toBe(last)
    expect([here.recorded(), there.recorded()]).toEqual([1, 1])
  })

  it('may be asked for again: the second time says no more than the first', async () => {
    const { clock, server, here, there } = await scene()
    server.delay = 400
    expect(await revoke(here.env, clock)).toMatchObject(unavailable)
    server.delay = 0
    expect(await revoke(here.env, clock)).toBe('recorded')
    await clock.advance(5000)
    expect((await server.inner.readSince(LOG, 0)).last).toBe(2)
    expect([here.recorded(), there.recorded()]).toEqual([1, 1])
  })
})

describe('a revocation in an outage', () => {
  it('reaches the other nodes within a second of the store’s return, and nodes that start later', async () => {
    const { clock, server, here, there, node } = await scene()
    server.state = 'down'
    expect(await revoke(here.env, clock)).toMatchObject(unavailable)
    expect(await revoke(here.env, clock, subject('alice', { notAfter: NOW - 10 }))).toMatchObject(unavailable)
    await clock.advance(120_000)
    expect(there.env.revocations.find(caller())).toBeUndefined()
    server.state = 'up'
    await clock.advance(1000)
    expect(there.env.revocations.find(caller())).toEqual(session('sid-1'))
    expect(there.env.revocations.find(caller({ sid: 'other' }))).toMatchObject({ kind: 'subject' })
    expect((await node()).env.revocations.find(caller())).toBeDefined()
    expect([here.recorded(), there.recorded()]).toEqual([2, 2])
  })

  it('is not recorded any more when it has ended meanwhile', async () => {
    const { clock, server, here } = await scene()
    server.state = 'down'
    expect(await revoke(here.env, clock, token('short', { expiresAt: NOW + 1 }))).toMatchObject(unavailable)
    await clock.advance(400_000)
    server.state = 'up'
    await clock.advance(2000)
    expect((await server.inner.readSince(LOG, 0)).last).toBe(0)
    expect(here.recorded()).toBe(0)
  })

  it('is kept for the store in a bounded number, and all of them are in force here', async () => {
    const { clock, server, here } = await scene()
    server.state = 'down'
    const asked = Array.from({ length: 10_100 }, (_, i) => here.env.revocations.revoke(token(`jti-${String(i)}`)))
    for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected')
    expect(here.env.revocations.find(caller({ jti: 'jti-10099' }))).toBeDefined()
    server.state = 'up'
    await clock.advance(5000)
    expect((await server.inner.readSince(LOG, 0)).last).toBe(10_000)
  })

  it('is told on the way out when it never was recorded', async () => {
    const { clock, server, here } = await scene()
    server.state = 'down'
    await revoke(here.env, clock)
    const warned = new Promise((resolve) => process.once('warning', resolve))
    await here.env.close()
    expect(String(await warned)).toBe(
      'SallyportWarning: 1 revocations were never recorded: only this process knew them',
    )
  })
})

describe('a store that was away for minutes', () => {
  it.each(['down', 'frozen'] as const)('(%s) is in use again within a second of its return', async (state) => {
    const { clock, server, here } = await scene()
    const { env } = here
    const serves = async (): Promise<boolean> => {
      const read = env.store.get({ partition: 'p', id: 'k' }).then(
        () => true,
        () => false,
      )
      await clock.advance(10)
      return env.revocations.state === 'current' && (await Promise.race([read, Promise.resolve(false)]))
    }
    server.state = state
    await clock.advance(300_000)
    expect(await serves()).toBe(false)
    // At whatever moment between two tries it comes back.
    for (let moment = 0; moment < 8; moment++) {
      server.state = state
      await clock.advance(5_000 + moment * 47)
      server.state = 'up'
      let waited = 0
      while (!(await serves())) waited += 10
      expect(waited, `moment ${String(moment)}`).toBeLessThan(1000)
    }
  })
})
