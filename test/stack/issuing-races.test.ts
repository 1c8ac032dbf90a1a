import { randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing, type Environment } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { tokenIssuer, type TokenIssuer, type TokenIssuerOptions } from '@sallyport/jwt-auth/issuer'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { express5Host } from '../hosts/node-hosts.ts'
import { everyStore } from './stores.ts'

const alice = { subject: 'alice', scopes: ['orders:read'] }
const keyRing = createKeyRing({ keys: [{ id: '2026-01', key: randomBytes(32) }] })

const distinct = (values: readonly unknown[]): number => new Set(values).size
const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid

/** The code that something was refused with; nothing where it was not. */
async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt
    return undefined
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown)
  }
}

interface Fleet {
  readonly issuers: readonly TokenIssuer[]
  readonly environments: readonly Environment[]
}

describe.each(everyStore.map((kind) => [kind.name, kind] as const))('an issuer on the store %s:', (_name, kind) => {
  let server: Awaited<ReturnType<typeof kind.serve>>
  beforeAll(async () => {
    server = await kind.serve()
  })
  afterAll(() => server.stop())

  /** As many nodes as are asked for, each with a connection and an environment of its own. */
  async function nodes(count: number, options: Partial<TokenIssuerOptions> = {}): Promise<Fleet> {
    const home = await server.home()
    const environments = Array.from({ length: count }, () => {
      // A hundred at once on a small machine are slower than one.
      const env = createEnvironment({ store: home.connect(), storeDeadline: 10_000, keyRing })
      onTestFinished(() => env.close())
      return env
    })
    const id = { issuer: 'https://id.example.com', audience: 'orders-api', ...options }
    return { environments, issuers: environments.map((env) => tokenIssuer({ ...id, env } as TokenIssuerOptions)) }
  }

  it('one hundred concurrent refreshes of one token have one successor', async () => {
    const { issuers } = await nodes(4)
    const { refreshToken, sid } = await issuers[0]!.login(alice)
    const given = await Promise.all(Array.from({ length: 100 }, (_, i) => issuers[i % 4]!.refresh({ refreshToken })))
    expect(distinct(given.map((tokens) => tokens.refreshToken))).toBe(1)
    expect(distinct(given.map((tokens) => tokens.sid))).toBe(1)
    expect(distinct(given.map(({ accessToken }) => decodeJwt(accessToken).jti))).toBe(100)
    expect(await issuers[3]!.logins({ subject: 'alice' })).toMatchObject([{ sid }])
    // And it is good.
    const next = await issuers[1]!.refresh(given[0]!)
    expect(next.refreshToken).not.toBe(given[0]!.refreshToken)
  })

  it('a replay among one hundred ends the login once, whoever wins', async () => {
    const { issuers, environments } = await nodes(4, { lifetimes: { grace: 0 } })
    const captured = environments.map((env) => captureEvents(env))
    onTestFinished(() => captured.forEach(({ stop }) => stop()))
    const { refreshToken } = await issuers[0]!.login(alice)
    const attempts = Array.from({ length: 100 }, (_, i) => codeOf(issuers[i % 4]!.refresh({ refreshToken })))
    const codes = await Promise.all(attempts)
    expect(codes.filter((code) => code === undefined)).toHaveLength(1)
    expect(codes.filter((code) => code === 'ERR_ISSUER_REUSED')).toHaveLength(1)
    expect(codes.filter((code) => code === 'ERR_ISSUER_GRANT')).toHaveLength(98)
    expect(captured.flatMap((events) => events.of('token.reused'))).toHaveLength(1)
    expect(await issuers[0]!.logins({ subject: 'alice' })).toEqual([])
  })

  it('a logout in the middle of one hundred refreshes is never undone', async () => {
    const { issuers } = await nodes(4)
    const { refreshToken } = await issuers[0]!.login(alice)
    const refreshes = Array.from({ length: 100 }, async (_, i) => {
      try {
        return (await issuers[i % 4]!.refresh({ refreshToken })).refreshToken
      } catch {
        return undefined
      }
    })
    await issuers[1]!.revoke(refreshToken, { reason: 'logout' })
    const successors = (await Promise.all(refreshes)).filter((token) => token !== undefined)
    for (const token of [refreshToken, ...successors.slice(0, 3)]) {
      expect(await codeOf(issuers[2]!.refresh({ refreshToken: token }))).toBe('ERR_ISSUER_GRANT')
    }
    expect(await issuers[3]!.logins({ subject: 'alice' })).toEqual([])
  })

  it('the end of an account in the middle of one hundred refreshes is never undone', async () => {
    const { issuers } = await nodes(4)
    const logins = await Promise.all(Array.from({ length: 10 }, (_, i) => issuers[i % 4]!.login(alice)))
    const refreshes = Array.from({ length: 100 }, (_, i) => codeOf(issuers[i % 4]!.refresh(logins[i % 10]!)))
    await issuers[1]!.endAccount({ subject: 'alice' }, { reason: 'compromised' })
    await Promise.all(refreshes)
    expect(await issuers[3]!.logins({ subject: 'alice' })).toEqual([])
    for (const login of logins) expect(await codeOf(issuers[2]!.refresh(login))).toBe('ERR_ISSUER_GRANT')
  })

  it('a logout on one node reaches an app on another, which has the token in its cache', async () => {
    const { issuers, environments } = await nodes(2)
    const id = { issuer: issuers[1]!.issuer, audience: 'orders-api' }
    const app = await express5Host.start({ use: [jwtAuth({ ...id, jwks: issuers[1]!.jwks, env: environments[1]! })] })
    const { accessToken, refreshToken } = await issuers[0]!.login(alice)
    const ask = async (): Promise<number> =>
      (await app.fetch('/orders', { headers: { authorization: `Bearer ${accessToken}` } })).status
    expect([await ask(), await ask()]).toEqual([200, 200])
    await issuers[0]!.revoke(refreshToken, { reason: 'logout' })
    // By a hint, else within `revocationPollInterval`: a second.
    await vi.waitFor(async () => expect(await ask()).toBe(401), { timeout: 10_000, interval: 5 })
    expect(await ask()).toBe(401)
  })

  it('nodes that start at once agree on one signing key', async () => {
    const { issuers } = await nodes(8)
    const tokens = await Promise.all(issuers.map((issuer) => issuer.accessToken(alice)))
    expect(distinct(tokens.map(({ accessToken }) => kidOf(accessToken)))).toBe(1)
    const published = await Promise.all(issuers.map((issuer) => issuer.jwks()))
    expect(distinct(published.map(({ keys }) => keys.map(({ kid }) => kid).join()))).toBe(1)
    expect(published[0]!.keys).toHaveLength(1)
  })

  it('a key that one node withdraws is used by no other from then on', async () => {
    const { issuers } = await nodes(3)
    const { accessToken } = await issuers[0]!.accessToken(alice)
    await issuers[1]!.rotateKeys({ withdraw: true })
    const { keys } = await issuers[2]!.jwks()
    expect(keys.map(({ kid }) => kid)).not.toContain(kidOf(accessToken))
    const next = await issuers[0]!.accessToken(alice)
    expect(keys.map(({ kid }) => kid)).toEqual([kidOf(next.accessToken)])
    expect(await issuers[0]!.introspect(accessToken)).toEqual({ active: false })
  })

  it('the logins of an account are listed on every node, and no others', async () => {
    const { issuers } = await nodes(2)
    const mine = await Promise.all(
      Array.from({ length: 5 }, (_, i) => issuers[i % 2]!.login({ subject: 'alice', tenant: 'acme' })),
    )
    await issuers[0]!.login({ subject: 'alice' })
    await issuers[0]!.login({ subject: 'bob', tenant: 'acme' })
    const account = { subject: 'alice', tenant: 'acme' }
    const listed = await issuers[1]!.logins(account)
    expect(listed.map(({ sid }) => sid).sort()).toEqual(mine.map(({ sid }) => sid).sort())
    await issuers[1]!.endSession(account, { sid: mine[2]!.sid, reason: 'lost phone' })
    expect(await issuers[0]!.logins(account)).toHaveLength(4)
    expect(await codeOf(issuers[0]!.refresh(mine[2]!))).toBe('ERR_ISSUER_GRANT')
    expect(await codeOf(issuers[0]!.refresh(mine[3]!))).toBeUndefined()
  })
})
