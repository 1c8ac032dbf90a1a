import { createEnvironment, createMemoryStore, type Login, type Store } from '@sallyport/core'
import { captureEvents, createTestClock, signIn, testPrincipal } from '@sallyport/core/testing'
import { sessionTracker, type SessionTrackerOptions } from '@sallyport/session-tracker'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Host } from '../../../test/hosts/host.ts'

const ada = { issuer: 'test', subject: 'ada' }
const bearer = (id?: string, issuedAt?: number): NonNullable<Login['credential']> => ({
  kind: 'bearer',
  ambient: false,
  ...(id !== undefined && { id }),
  ...(issuedAt !== undefined && { issuedAt }),
})

async function api(host: Host, options: SessionTrackerOptions = {}, store?: Store) {
  const clock = createTestClock(Date.now())
  const env = createEnvironment({ clock, ...(store && { store }) })
  const events = captureEvents(env)
  onTestFinished(() => {
    events.stop()
    return env.close()
  })
  const sessions = sessionTracker({ env, ...options })
  let login: Login = { subject: 'ada' }
  let claims: Record<string, unknown> | undefined
  const app = await host.start({
    use: [signIn(() => ({ ...testPrincipal(login), ...(claims && { claims }) }), { env }), sessions],
  })
  return {
    sessions,
    clock,
    env,
    events,
    async ask(as: Login, more?: Record<string, unknown>) {
      login = as
      claims = more
      const answer = await app.fetch('/orders', { headers: { 'user-agent': 'okhttp/4.12' } })
      return answer.status === 200 ? 200 : ((await answer.json()) as { code: string }).code
    },
  }
}

describeHosts('tokens', (host) => {
  it('of one session are one, whichever token came; those without a session are each their own', async () => {
    const { ask, sessions, env } = await api(host)
    await ask({ subject: 'ada', sid: 's1', credential: bearer('t1') })
    await ask({ subject: 'ada', sid: 's1', credential: bearer('t2') })
    await ask({ subject: 'ada', credential: bearer('t3') })
    await ask({ subject: 'ada', credential: bearer('t4') })
    expect((await sessions.list(ada)).map(({ id }) => id).toSorted()).toEqual(['jti:t3', 'jti:t4', 's1'])
    expect((await sessions.list(ada))[0]).toMatchObject({ carrier: 'token', os: 'unknown' })
    await sessions.end(ada, 'jti:t3', { reason: 'test' })
    expect(await ask({ subject: 'ada', credential: bearer('t3') })).toBe('ERR_SESSION_ENDED')
    // Whoever reads tokens without the tracker refuses it too.
    const other = { ...testPrincipal({ subject: 'ada', credential: bearer('t3') }) }
    expect(env.revocations.find(other)).toMatchObject({ kind: 'token', id: 't3' })
    await sessions.end(ada, 's1', { reason: 'test' })
    expect(await ask({ subject: 'ada', sid: 's1', credential: bearer('t9') })).toBe('ERR_SESSION_ENDED')
    expect(await ask({ subject: 'ada', credential: bearer('t4') })).toBe(200)
  })

  it('in a cookie are the session of the token, not of what else the app keeps in sessions', async () => {
    const { ask, sessions } = await api(host)
    const credential = { kind: 'cookie', id: 't1', ambient: true }
    await ask({ subject: 'ada', sid: 's1', credential })
    expect(await sessions.list(ada)).toMatchObject([{ id: 's1', carrier: 'token' }])
  })

  it('and sealed cookies that name their session end for good, also when nobody knows of them any more', async () => {
    const { ask, clock, sessions } = await api(host, { idle: 600, absolute: 86_400 })
    const sealed = { subject: 'ada', sid: 'c1', credential: { kind: 'session', ambient: true } }
    expect(await ask(sealed)).toBe(200)
    expect(await sessions.list(ada)).toMatchObject([{ id: 'c1', carrier: 'session' }])
    clock.set(clock.now() + 10_000_000)
    expect(await ask(sealed)).toBe('ERR_SESSION_EXPIRED')
    expect(await ask(sealed)).toBe('ERR_SESSION_ENDED')
  })

  it('of API keys and certificates are no sessions', async () => {
    const { ask, sessions } = await api(host)
    await ask({ subject: 'ada', credential: { kind: 'api-key', id: 'k1', ambient: false } })
    await ask({ subject: 'ada', credential: { kind: 'mtls', ambient: false } })
    expect(await sessions.list(ada)).toEqual([])
  })

  it('bring back no session that has ended by itself, however new they are', async () => {
    const { ask, clock, sessions } = await api(host, { idle: 600, absolute: 3600 })
    const start = Math.floor(clock.now() / 1000)
    const fresh = (): Login => ({
      subject: 'ada',
      sid: 's1',
      authTime: start,
      credential: bearer('t', Math.floor(clock.now() / 1000)),
    })
    expect(await ask(fresh())).toBe(200)
    clock.set(clock.now() + 3_000_000)
    expect(await ask(fresh())).toBe('ERR_SESSION_EXPIRED')
    expect(await ask(fresh())).toBe('ERR_SESSION_ENDED')
    clock.set(clock.now() + 90_000_000)
    // All that is known of it has gone by now; the login itself is too long ago.
    expect(await ask(fresh())).toBe('ERR_SESSION_EXPIRED')
    expect(await sessions.list(ada)).toEqual([])
  })

  it('that are not bound to the key of their session’s first are refused (RFC 9449)', async () => {
    const { ask } = await api(host)
    const bound = { subject: 'ada', sid: 's1', credential: { kind: 'dpop', id: 't', ambient: false } }
    const cnf = { cnf: { jkt: 'the thumbprint' } }
    expect(await ask(bound, cnf)).toBe(200)
    expect(await ask(bound, cnf)).toBe(200)
    expect(await ask({ ...bound, credential: bearer('t') })).toBe('ERR_SESSION_SUSPICIOUS')
    expect(await ask(bound, { cnf: { jkt: 'another' } })).toBe('ERR_SESSION_SUSPICIOUS')
    expect(await ask(bound, cnf)).toBe(200)
  })

  it('two accounts of different issuers with the same session name do not share one', async () => {
    const { ask, sessions } = await api(host)
    await ask({ subject: 'ada', sid: 's1', credential: bearer('t1') })
    await ask({ subject: 'ada', issuer: 'other', sid: 's1', credential: bearer('t1') })
    await ask({ subject: 'ada', tenant: 'acme', sid: 's1', credential: bearer('t1') })
    await sessions.end(ada, 's1', { reason: 'test' })
    expect(await ask({ subject: 'ada', sid: 's1', credential: bearer('t1') })).toBe('ERR_SESSION_ENDED')
    expect(await ask({ subject: 'ada', issuer: 'other', sid: 's1', credential: bearer('t1') })).toBe(200)
    expect(await sessions.list({ issuer: 'test', tenant: 'acme', subject: 'ada' })).toHaveLength(1)
  })

  it('whose issuer gives sessions long or odd names are tracked like others', async () => {
    const { ask, sessions } = await api(host)
    const names = ['x'.repeat(1000), 'a/b:c{d}', 'é\u{1f600}']
    for (const sid of names) expect(await ask({ subject: 'ada', sid, credential: bearer('t') })).toBe(200)
    expect((await sessions.list(ada)).map(({ id }) => id).toSorted()).toEqual(names.toSorted())
    for (const sid of names) {
      expect(await sessions.end(ada, sid, { reason: 'test' })).toBe(true)
      expect(await ask({ subject: 'ada', sid, credential: bearer('t') })).toBe('ERR_SESSION_ENDED')
    }
  })

  it('that nobody can look up are refused, or let pass where the app has said so', async () => {
    for (const [onStoreFailure, answer] of [
      ['closed', 'ERR_STORE_UNAVAILABLE'],
      ['open', 200],
      ['last-known-good', 'ERR_STORE_UNAVAILABLE'],
    ] as const) {
      const memory = createMemoryStore()
      const down = () => Promise.reject(new Error('down'))
      const { ask } = await api(host, { onStoreFailure }, { ...memory, get: down })
      expect(await ask({ subject: 'ada', sid: 's1', credential: bearer('t') }), onStoreFailure).toBe(answer)
    }
  })

  it('are only tracked when they are announced where the app says so', async () => {
    const { ask, sessions } = await api(host, { autoTrack: false })
    expect(await ask({ subject: 'ada', sid: 's1', credential: bearer('t') })).toBe(200)
    expect(await sessions.list(ada)).toEqual([])
  })
})
