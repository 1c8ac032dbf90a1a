import { existsSync, readFileSync } from 'node:fs'
import { optionsOf, type Check, type Finding } from '../finding.ts'

/** Whether state outlives a process. */
export const store: Check = ({ production, options, settings, env }) => {
  if (!production) return []
  const connected = settings.redisUrl ?? settings.databaseUrl
  const kind =
    env?.store.kind ??
    optionsOf(optionsOf(options?.env)?.['store'])?.['kind'] ??
    options?.store?.kind ??
    (connected === undefined ? 'memory' : 'server')
  if (kind !== 'memory') return []
  return [
    {
      id: 'memory-store',
      severity: 'high',
      what: 'State is in memory',
      why: 'What one process revokes the others accept, limits count for each of them, and a restart forgets both.',
      fix: 'Give a store: createRedisStore() or createPostgresStore(); or REDIS_URL or DATABASE_URL with loadSallyport().',
      asvs: '7.4.1',
    },
  ]
}

/** What the servers' own checks find. */
export const servers: Check = async ({ settings: { redisUrl, databaseUrl }, offline }) => {
  if (offline) return []
  const redis = redisUrl === undefined ? [] : await asked('redis', 'REDIS_URL', async () => checkOfRedis(redisUrl))
  const postgres =
    databaseUrl === undefined ? [] : await asked('postgres', 'DATABASE_URL', async () => checkOfPostgres(databaseUrl))
  return [...redis, ...postgres]
}

interface Told {
  readonly level: 'error' | 'warning'
  readonly about: string
  readonly message: string
}

async function checkOfRedis(url: string): Promise<readonly Told[]> {
  const { createClient } = await import('redis')
  const { checkRedis } = await import('@sallyport/store-redis')
  const client = createClient({ url, socket: { connectTimeout: 2000, reconnectStrategy: false } })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await checkRedis(client)
  } finally {
    client.destroy()
  }
}

async function checkOfPostgres(connectionString: string): Promise<readonly Told[]> {
  const { default: pg } = await import('pg')
  const { checkPostgres } = await import('@sallyport/store-postgres')
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000 })
  pool.on('error', () => undefined)
  try {
    return await checkPostgres(pool)
  } finally {
    await pool.end()
  }
}

async function asked(
  server: string,
  variable: string,
  check: () => Promise<readonly Told[]>,
): Promise<readonly Finding[]> {
  try {
    return (await check()).map(({ level, about, message }) => ({
      id: `${server}-${about.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`,
      severity: level === 'error' ? 'high' : 'medium',
      what: message,
      why: level === 'error' ? 'The store cannot keep what it promises.' : 'It will get in the way of the store.',
      fix: `See what it says of ${about}.`,
    }))
  } catch (thrown) {
    const missing = String((thrown as { code?: unknown }).code).endsWith('MODULE_NOT_FOUND')
    return [
      {
        id: missing ? `${server}-unchecked` : `${server}-unreachable`,
        severity: missing ? 'medium' : 'high',
        // Messages of clients may have the URL in them, with its password.
        what: missing
          ? `${variable} is set and its client is not installed`
          : `The server of ${variable} cannot be reached, or refuses`,
        why: missing ? 'The server could not be looked at.' : 'Without its state the app refuses every request.',
        fix: missing
          ? `npm install ${server === 'redis' ? 'redis' : 'pg'}`
          : 'Start the server, or put the address and the account right.',
      },
    ]
  }
}

/** Before its end every file of MaxMind DB has these bytes. */
const MARKER = Buffer.from('\u00ab\u00cd\u00efMaxMind.com', 'latin1')

/** Whether places can be told. */
export const places: Check = ({ variables }) => {
  const file = variables['GEOIP_DATABASE_PATH']
  if (file === undefined || file === '') return []
  const flaw = existsSync(file) ? flawOf(file) : 'is not there'
  if (flaw === undefined) return []
  return [
    {
      id: 'geoip-unreadable',
      severity: 'high',
      what: `The file of GEOIP_DATABASE_PATH ${flaw}`,
      why: 'The app does not start, or sessions have no places.',
      fix: 'Put an MMDB file there that the user of the app can read.',
    },
  ]
}

function flawOf(file: string): string | undefined {
  try {
    return readFileSync(file).subarray(-131_072).includes(MARKER) ? undefined : 'is no MMDB file'
  } catch {
    return 'cannot be read'
  }
}
