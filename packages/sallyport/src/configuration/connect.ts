import { createKeyRing, type Store } from '@sallyport/core'
import { redisLimiter, type LimiterFactory } from '@sallyport/limits'
import type { SallyportOptions } from '../preset/options.ts'
import type { Settings } from './variables.ts'

/** What the settings stand for, connected. */
export interface Connected {
  readonly options: SallyportOptions
  /** Ends what was connected here. */
  close(): Promise<void>
}

/**
 * Turns settings into options: stores, limiters, a key ring, places of addresses. Libraries that are needed for that are loaded only then.
 * @throws what the libraries throw where a server cannot be reached at the start
 */
export async function connect(settings: Settings, given: SallyportOptions): Promise<Connected> {
  const closing: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    await Promise.all(closing.splice(0).map(async (end) => end()))
  }
  try {
    const { store, limiter } = await storeOf(settings, given, closing)
    const { encryptionKey, geoDatabase, jwtSecret } = settings
    const keyRing = encryptionKey && createKeyRing({ keys: [{ id: 'ENCRYPTION_KEY', key: encryptionKey }] })
    const limits = limitsOf(settings, given, limiter)
    const audit = await auditOf(settings, given, closing)
    const options: SallyportOptions = {
      ...given,
      ...(store && { store }),
      ...(keyRing && given.keyRing === undefined && given.env === undefined && { keyRing }),
      ...(limits !== undefined && { limits }),
      ...(audit !== undefined && { audit }),
      ...(jwtSecret !== undefined && given.jwt !== undefined && { jwt: withSecret(given.jwt, jwtSecret) }),
      ...(geoDatabase !== undefined && { sessions: await withPlaces(given, geoDatabase) }),
    }
    return { options, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function storeOf(
  { redisUrl, databaseUrl }: Settings,
  { store, env }: SallyportOptions,
  closing: (() => unknown)[],
): Promise<{ readonly store?: Store; readonly limiter?: LimiterFactory }> {
  if (store !== undefined || env !== undefined) return {}
  if (redisUrl !== undefined) {
    const { createClient } = await import('redis')
    const { createRedisStore } = await import('@sallyport/store-redis')
    const client = createClient({ url: redisUrl, socket: { connectTimeout: 2000 } })
    // Each call tells by itself that the server is gone; nobody listening would end the process.
    client.on('error', () => undefined)
    closing.push(() => client.destroy())
    await client.connect()
    return { store: createRedisStore({ client }), limiter: redisLimiter(client) }
  }
  if (databaseUrl === undefined) return {}
  const { createPostgresStore } = await import('@sallyport/store-postgres')
  return { store: createPostgresStore({ pool: await poolOf(databaseUrl, closing) }) }
}

async function poolOf(connectionString: string, closing: (() => unknown)[]) {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000 })
  closing.push(() => pool.end())
  return pool
}

function limitsOf(
  { limits }: Settings,
  given: SallyportOptions,
  limiter: LimiterFactory | undefined,
): SallyportOptions['limits'] {
  if (limits === false) return false
  if (given.limits === false || limiter === undefined) return undefined
  return { limiter, ...given.limits }
}

/** Switched on without a place of its own, the log is in the database. */
async function auditOf(
  { audit, databaseUrl }: Settings,
  given: SallyportOptions,
  closing: (() => unknown)[],
): Promise<SallyportOptions['audit']> {
  if (audit === false) return false
  if (audit !== true || databaseUrl === undefined || (given.audit !== undefined && given.audit !== false))
    return undefined
  const { postgresLog } = await import('@sallyport/audit-logger/postgres')
  return { log: postgresLog({ pool: await poolOf(databaseUrl, closing) }) }
}

type Jwt = NonNullable<SallyportOptions['jwt']>

/** Only where the options name no keys: a secret beside them would be a second way in. */
function withSecret(given: Jwt, secret: string): Jwt {
  const keyed = ['secret', 'jwks', 'jwksUri', 'publicKey', 'discoveryUrl', 'issuers', 'introspection']
  if (typeof given !== 'object' || keyed.some((name) => Object.hasOwn(given, name))) return given
  return { algorithms: ['HS256'], ...given, secret } as Jwt
}

async function withPlaces(
  given: SallyportOptions,
  database: string,
): Promise<NonNullable<SallyportOptions['sessions']>> {
  const { sessions = given.login ? {} : false } = given
  if (sessions === false || typeof sessions === 'function') return sessions
  const { maxmindGeo } = await import('@sallyport/session-tracker/geo')
  return { geo: await maxmindGeo({ databases: [database] }), ...sessions }
}
