import { describe, expect, it } from 'vitest'
import { createMemoryStore, type Environment, type Revocation, type Store } from '@sallyport/core'
import { createTestClock, type TestClock } from '@sallyport/core/testing'
import { jwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer, type GuardedApp } from './support/app.ts'
import type { TestIssuer } from './support/test-issuer.ts'

const audience = 'orders-api'

interface Scene extends GuardedApp {
  readonly issuer: TestIssuer
  readonly env: Environment
}

async function scene(env: Environment = testEnvironment(), options: Partial<JwtAuthOptions> = {}): Promise<Scene> {
  const issuer = await testIssuer({ clock: env.clock })
  const auth = jwtAuth({ issuer: issuer.issuer, audience, ...options, env } as JwtAuthOptions)
  return { issuer, env, ...(await guarded(auth)) }
}

const expiresAt = Math.floor(Date.now() / 1000) + 3600
const reason = 'test'

describe('a revoked token', () => {
  it.each<[string, (issuer: string) => Revocation]>([
    ['by its jti', (issuer) => ({ kind: 'token', issuer, id: 'j1', expiresAt, reason })],
    ['by its session', (issuer) => ({ kind: 'session', issuer, id: 's1', expiresAt, reason })],
    [
      'by its subject',
      (issuer) => ({
        kind: 'subject',
        issuer,
        subject: 'alice',
        notAfter: Math.floor(Date.now() / 1000),
        expiresAt,
        reason,
      }),
    ],
  ])('is refused at once, though it is cached: %s', async (_how, revocation) => {
    const { issuer, env, ask } = await scene()
    const token = await issuer.token({ claims: { jti: 'j1', sid: 's1' } })
    expect((await ask(token)).status).toBe(200)
    expect((await ask(token)).status).toBe(200)
    await env.revocations.revoke(revocation(issuer.issuer))
    expect(await ask(token)).toMatchObject({
      status: 401,
      code: 'ERR_JWT_REVOKED',
      challenge: 'Bearer realm="api", error="invalid_token", error_description="The token was revoked"',
    })
  })

  it('takes no other token with it', async () => {
    const { issuer, env, ask } = await scene()
    const other = await issuer.token({ claims: { jti: 'j2', sid: 's2' } })
    expect((await ask(other)).status).toBe(200)
    await env.revocations.revoke({ kind: 'token', issuer: issuer.issuer, id: 'j1', expiresAt, reason })
    await env.revocations.revoke({ kind: 'session', issuer: 'https://other/', id: 's2', expiresAt, reason })
    expect((await ask(other)).status).toBe(200)
  })

  it('that does not say when it was issued is refused with its subject', async () => {
    const { issuer, env, ask } = await scene(testEnvironment(), { acceptPlainJwt: true })
    const token = await issuer.token({ claims: { iat: undefined }, header: { typ: 'JWT' } })
    expect((await ask(token)).status).toBe(200)
    await env.revocations.revoke({
      kind: 'subject',
      issuer: issuer.issuer,
      subject: 'alice',
      notAfter: 1,
      expiresAt,
      reason,
    })
    expect((await ask(token)).code).toBe('ERR_JWT_REVOKED')
  })
})

/** A store that can be cut off. */
function cuttable(): { store: Store; cut: (off: boolean) => void } {
  const inner = createMemoryStore()
  let off = false
  const store = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) =>
        off && name !== 'close' ? Promise.reject(new Error('cut off')) : Reflect.apply(member, target, args)
    },
  })
  return { store, cut: (now) => (off = now) }
}

describe('a store that cannot be read', () => {
  it('refuses with 503 when nothing was ever known', async () => {
    const { store, cut } = cuttable()
    cut(true)
    const { issuer, ask } = await scene(testEnvironment({ store }))
    const answer = await ask(await issuer.token())
    expect(answer).toMatchObject({ status: 503, code: 'ERR_STORE_UNAVAILABLE', challenge: null })
    expect(Number(answer.retryAfter)).toBeGreaterThan(0)
    expect(answer.text).not.toContain('cut off')
  })

  it('has no last known good when nothing was ever known', async () => {
    const { store, cut } = cuttable()
    cut(true)
    const { issuer, ask } = await scene(testEnvironment({ store }), { onStoreFailure: 'last-known-good' })
    expect((await ask(await issuer.token())).status).toBe(503)
  })

  it('lets pass only where that was asked for by name', async () => {
    const { store, cut } = cuttable()
    cut(true)
    const { issuer, ask } = await scene(testEnvironment({ store }), { onStoreFailure: 'open' })
    expect((await ask(await issuer.token())).status).toBe(200)
  })

  it('does not remember as good what it let pass unlooked-at', async () => {
    const { store, cut } = cuttable()
    const clock = createTestClock()
    const issuer = await testIssuer({ clock })
    const ends = clock.now() / 1000 + 3600
    const token = await issuer.token({ claims: { jti: 'j1', exp: ends } })
    const elsewhere = testEnvironment({ store, clock })
    await elsewhere.revocations.revoke({
      kind: 'token',
      issuer: issuer.issuer,
      id: 'j1',
      expiresAt: ends,
      reason,
    })
    cut(true)
    const env = testEnvironment({ store, clock })
    const { ask } = await guarded(jwtAuth({ issuer: issuer.issuer, audience, onStoreFailure: 'open', env }))
    expect((await ask(token)).status).toBe(200)
    cut(false)
    await untilState(env, clock, 'current')
    expect((await ask(token)).code).toBe('ERR_JWT_REVOKED')
  })

  it.each([
    ['closed', 503, 503],
    ['last-known-good', 200, 401],
    ['open', 200, 401],
  ] as const)('that has been read before: %s', async (onStoreFailure, good, revoked) => {
    const { store, cut } = cuttable()
    const clock = createTestClock()
    const { issuer, env, ask } = await scene(testEnvironment({ store, clock }), { onStoreFailure })
    const ends = clock.now() / 1000 + 3600
    const bad = await issuer.token({ claims: { jti: 'j1', exp: ends } })
    const well = await issuer.token({ claims: { exp: ends } })
    expect((await ask(well)).status).toBe(200)
    await env.revocations.revoke({ kind: 'token', issuer: issuer.issuer, id: 'j1', expiresAt: ends, reason })
    cut(true)
    await untilState(env, clock, 'stale')
    expect((await ask(well)).status).toBe(good)
    expect((await ask(bad)).status).toBe(revoked)
  })
})

async function untilState(env: Environment, clock: TestClock, state: string): Promise<void> {
  for (let i = 0; i < 120 && env.revocations.state !== state; i++) await clock.advance(1000)
  expect(env.revocations.state).toBe(state)
}
