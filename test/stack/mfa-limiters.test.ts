import { randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing, fromSession, identify } from '@sallyport/core'
import { mfaGate, totp, type LimiterFactory } from '@sallyport/mfa-gate'
import { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sessions } from '../hosts/natives.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { startPostgres, startRedis, type TestServer } from '../servers/index.ts'

const FAILURES = 6

/** What one node of an app makes its limiters with. */
interface Backend {
  readonly limiter: LimiterFactory
  /** Resolves when the limiters can be used. */
  ready(): Promise<unknown>
}

const kinds: readonly [name: string, serve: () => Promise<TestServer>, connect: (url: string) => Promise<Backend>][] = [
  [
    'RateLimiterRedis',
    () => startRedis(),
    async (url) => {
      const storeClient = createClient({ url, disableOfflineQueue: true })
      storeClient.on('error', () => undefined)
      onTestFinished(() => storeClient.destroy())
      await storeClient.connect()
      const limiter: LimiterFactory = (spec) => new RateLimiterRedis({ storeClient, useRedisPackage: true, ...spec })
      return { limiter, ready: () => Promise.resolve() }
    },
  ],
  [
    'RateLimiterPostgres',
    () => startPostgres(),
    (url) => {
      const storeClient = new Pool({ connectionString: url, max: 2 })
      storeClient.on('error', () => undefined)
      onTestFinished(() => storeClient.end())
      const made: Promise<void>[] = []
      const limiter: LimiterFactory = (spec) => {
        const table = { storeType: 'pool', tableName: `limits_${spec.keyPrefix.replaceAll('-', '_')}` }
        const { promise, resolve, reject } = deferred()
        made.push(promise)
        return new RateLimiterPostgres({ storeClient, ...table, ...spec }, (failed) =>
          failed ? reject(failed) : resolve(),
        )
      }
      return Promise.resolve({ limiter, ready: () => Promise.all(made) })
    },
  ],
]

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let settle: { resolve: () => void; reject: (reason: Error) => void } | undefined
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
  return { promise, ...settle! }
}

/** One node with a memory of its own: what it shares with others is the limiter. */
async function node({ limiter, ready }: Backend): Promise<() => Promise<Response>> {
  const keyRing = createKeyRing({ keys: [{ id: 'test', key: randomBytes(32) }] })
  const env = createEnvironment({ keyRing })
  onTestFinished(() => env.close())
  const mfa = mfaGate({ env, factors: [totp({ issuer: 'Shop' })], budgets: { limiter, perAddress: FAILURES } })
  await ready()
  await mfa.import({ issuer: 'local', subject: 'ada' }, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
  const login = identify(
    fromSession(({ user }: { user: string }) => ({ subject: user })),
    { env },
  )
  const app = await express5Host.start({ use: [sessions({ user: 'ada' }), login, mfa.routes()] })
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const body = JSON.stringify({ factor: 'totp', code: 'wrong!' })
  return () => app.fetch('/mfa/verify', { method: 'POST', body, headers })
}

describe.each(kinds)('6.3.1: %s on a real server', (_name, serve, connect) => {
  it('counts the guesses at all nodes together, and lets nobody guess when it is gone', async () => {
    const server = await serve()
    onTestFinished(() => server.stop())
    const guess = [await node(await connect(server.url)), await node(await connect(server.url))] as const
    const statuses: number[] = []
    for (let i = 0; i < FAILURES + 2; i++) statuses.push((await guess[i % 2]!()).status)
    expect(statuses).toEqual([...Array<number>(FAILURES).fill(403), 429, 429])
    await server.stop()
    for (const attempt of guess) {
      const refused = await attempt()
      const told = await refused.text()
      expect([refused.status, JSON.parse(told)]).toMatchObject([503, { code: 'ERR_MFA_LIMITER' }])
      expect(told).not.toContain(String(server.port))
    }
  })
})
