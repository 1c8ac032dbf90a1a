import { createEnvironment, systemClock, type Environment } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { tokenIssuer } from '@sallyport/jwt-auth/issuer'
import { sessionTracker, type SessionTracker, type SessionTrackerOptions } from '@sallyport/session-tracker'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { express5Host } from '../hosts/node-hosts.ts'
import { sessionApp } from './session-app.ts'
import { everyStore } from './stores.ts'

const ada = { issuer: 'local', subject: 'ada' }

interface Fleet {
  /** Lets time pass on all nodes, in milliseconds; timers go by the machine's. */
  later(milliseconds: number): void
  readonly trackers: readonly SessionTracker[]
  readonly environments: readonly Environment[]
}

describe.each(everyStore.map((kind) => [kind.name, kind] as const))('sessions on the store %s:', (_name, kind) => {
  let server: Awaited<ReturnType<typeof kind.serve>>
  beforeAll(async () => {
    server = await kind.serve()
  })
  afterAll(() => server.stop())

  /** As many nodes as are asked for, each with a connection and an environment of its own. */
  async function nodes(count: number, options: SessionTrackerOptions = {}): Promise<Fleet> {
    const home = await server.home()
    let offset = 0
    const clock = { now: () => systemClock.now() + offset, after: systemClock.after }
    const environments = Array.from({ length: count }, () => {
      // A hundred at once on a small machine are slower than one.
      const env = createEnvironment({ store: home.connect(), storeDeadline: 10_000, clock })
      onTestFinished(() => env.close())
      return env
    })
    const later = (milliseconds: number): void => void (offset += milliseconds)
    return {
      later,
      environments,
      trackers: environments.map((env) => sessionTracker({ cookie: true, ...options, env })),
    }
  }

  it('a session that is ended among one hundred requests that write is never brought back', async () => {
    const { trackers, later } = await nodes(4)
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const cookie = await apps[0]!.login('ada')
    const { id } = (await trackers[0]!.list(ada))[0]!
    // Each node knows it, and has something to write.
    for (const app of apps) expect(await app.who(cookie)).toBe('ada')
    later(61_000)
    const requests = Array.from({ length: 100 }, async (_, i) => {
      await apps[i % 4]!.who(cookie)
      await trackers[i % 4]!.flush()
    })
    const ended = await trackers[1]!.end(ada, id, { reason: 'test' })
    await Promise.all(requests)
    expect(ended).toBe(true)
    await Promise.all(trackers.map((tracker) => tracker.flush()))
    expect(await trackers[2]!.list(ada)).toEqual([])
    for (const app of apps) {
      // By a hint, else within `revocationPollInterval`: a second.
      await vi.waitFor(async () => expect(await app.who(cookie)).toBeNull(), { timeout: 10_000, interval: 5 })
      expect(await app.who(cookie)).toBeNull()
    }
    expect(await trackers[3]!.list(ada)).toEqual([])
  })

  it('one hundred logins at the same moment leave as many sessions as there may be', async () => {
    const { trackers } = await nodes(4, { limit: 3 })
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => apps[i % 4]!.tryLogin('ada')))
    const cookies = answers.flatMap(({ cookie }) => cookie ?? [])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await trackers[0]!.list(ada)).toHaveLength(3)
    await vi.waitFor(
      async () => {
        const who = await Promise.all(cookies.map((cookie) => apps[1]!.who(cookie)))
        expect(who.filter((one) => one === 'ada')).toHaveLength(3)
      },
      { timeout: 10_000, interval: 20 },
    )
  })

  it('a limit that refuses lets in as many as there may be of those that come at the same moment', async () => {
    const { trackers } = await nodes(4, { limit: { most: 3, beyond: 'refuse' } })
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => apps[i % 4]!.tryLogin('ada')))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect(await trackers[2]!.list(ada)).toHaveLength(3)
    expect((await apps[0]!.tryLogin('ada')).status).toBe(403)
  })

  it('a login in the middle of a sign-out everywhere is either before or after it', async () => {
    const { trackers } = await nodes(2)
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const past = Math.floor(Date.now() / 1000) - 60
    const [ended, ...answers] = await Promise.all([
      trackers[0]!.endAll(ada, { reason: 'compromised' }),
      ...Array.from({ length: 20 }, (_, i) => apps[i % 2]!.tryLogin('ada', past)),
    ])
    const gotIn = answers.filter(({ status }) => status === 200)
    expect(ended).toBeLessThanOrEqual(gotIn.length)
    // Whoever proved their password before it is out, whenever their session began.
    expect(await trackers[1]!.list(ada)).toEqual([])
    expect((await apps[1]!.tryLogin('ada', past)).status).toBe(401)
    expect((await apps[1]!.tryLogin('ada', past + 3600)).status).toBe(200)
  })

  it('refresh tokens and access tokens of a session fall with it on every node', async () => {
    const { trackers, environments } = await nodes(2, { issuer: 'https://id.example.com' })
    const account = { issuer: 'https://id.example.com', subject: 'ada' }
    const issuer = tokenIssuer({
      issuer: account.issuer,
      audience: 'orders-api',
      env: environments[0]!,
      unsealedKeys: true,
    })
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const cookie = await apps[0]!.login('ada')
    const [session] = await trackers[0]!.list(account)
    const tokens = await issuer.login({ subject: 'ada', sid: session!.id })
    const auth = jwtAuth({ issuer: account.issuer, audience: 'orders-api', jwks: issuer.jwks, env: environments[1]! })
    const api = await express5Host.start({ use: [auth, trackers[1]!] })
    const ask = async (): Promise<number> =>
      (await api.fetch('/orders', { headers: { authorization: `Bearer ${tokens.accessToken}` } })).status
    expect([await ask(), await ask()]).toEqual([200, 200])
    // One record for both.
    expect(await trackers[1]!.list(account)).toHaveLength(1)
    expect(await apps[1]!.who(cookie)).toBe('ada')
    await trackers[0]!.end(account, session!.id, { reason: 'test' })
    await vi.waitFor(async () => expect(await ask()).toBe(401), { timeout: 10_000, interval: 5 })
    await expect(issuer.refresh({ refreshToken: tokens.refreshToken })).rejects.toMatchObject({ status: 400 })
    expect(await apps[0]!.who(cookie)).toBeNull()
  })

  it('an id that was given up comes back among one hundred requests: the session ends once', async () => {
    const { trackers, environments, later } = await nodes(4)
    const events = environments.map((env) => captureEvents(env))
    onTestFinished(() => events.forEach(({ stop }) => stop()))
    const apps = await Promise.all(trackers.map((tracker) => sessionApp(tracker)))
    const old = await apps[0]!.login('ada')
    const fresh = await apps[0]!.rotate(old)
    expect(fresh).not.toBe(old)
    later(31_000)
    await Promise.all(Array.from({ length: 100 }, (_, i) => apps[i % 4]!.who(i % 2 === 0 ? old : fresh)))
    expect(await trackers[0]!.list(ada)).toEqual([])
    expect(events.flatMap((one) => one.of('session.ended'))).toHaveLength(1)
    await vi.waitFor(async () => expect(await apps[3]!.who(fresh)).toBeNull(), { timeout: 10_000, interval: 5 })
  })
})
