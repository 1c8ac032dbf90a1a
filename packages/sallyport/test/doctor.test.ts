import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment } from '@sallyport/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { postgresForTests, startRedis } from '../../../test/servers/index.ts'
import { folderWith, sallyport } from './command.ts'

// Each test starts the command several times, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 120_000 })

interface Finding {
  readonly id: string
  readonly severity: string
  readonly what: string
  readonly why: string
  readonly fix: string
  readonly asvs?: string
}

interface Diagnosis {
  readonly config: string | null
  readonly production: boolean
  readonly findings: readonly Finding[]
  readonly ok: boolean
}

/** What the doctor says of an app with this configuration and these variables. */
async function diagnosed(
  {
    options,
    variables = {},
    files = {},
  }: { options?: object; variables?: Record<string, string>; files?: Record<string, string> },
  ...words: string[]
) {
  const folder = folderWith({
    '.env': Object.entries(variables)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
    ...(options && { 'sallyport.config.json': JSON.stringify(options) }),
    ...files,
  })
  const ran = await sallyport(['doctor', '--variables', '.env', '--json', ...words], folder)
  expect(ran.err).toBe('')
  return { ...ran, ...(JSON.parse(ran.out) as Diagnosis) }
}

const strong = randomBytes(48).toString('base64')
const good = {
  trustedProxies: ['10.0.0.0/8'],
  jwt: { issuer: 'https://id.example.com/', audience: 'orders-api' },
  rbac: { roles: { reader: ['orders:read'] } },
  audit: { directory: '/var/lib/sallyport-doctor-test' },
}

/** Findings that depend on the Node that the tests run on. */
const ANYWHERE = ['--ignore', 'node-version']

describe('sallyport doctor', () => {
  it('finds nothing in a good configuration, and says so', async () => {
    const { code, findings, ok } = await diagnosed(
      { options: good, variables: { JWT_SECRET_KEY: strong } },
      ...ANYWHERE,
    )
    expect(findings).toEqual([])
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    const folder = folderWith({ 'sallyport.config.json': JSON.stringify(good) })
    const { out } = await sallyport(['doctor', ...ANYWHERE], folder)
    expect(out).toMatch(/Looked at sallyport\.config\.json .*\n\nNothing was found\./)
  })

  it('tells every mistake in the configuration at once', async () => {
    const options = { ...good, sesions: {}, limits: { address: { limit: 0 } } }
    const { code, findings } = await diagnosed({ options, variables: { HSM_ENABLED: 'true' } }, ...ANYWHERE)
    expect(code).toBe(1)
    const said = findings.filter(({ id }) => id === 'configuration').map(({ what }) => what)
    for (const part of [/sesions/, /limit/, /HSM_ENABLED/]) expect(said).toContainEqual(expect.stringMatching(part))
  })

  it.each<[string, readonly string[], object, Record<string, string>]>([
    [
      'secrets',
      ['weak-secret', 'weak-secret', 'weak-secret'],
      good,
      {
        JWT_SECRET_KEY: 'hunter2',
        SESSION_SECRET: 'keyboard cat keyboard cat keyboard cat',
        COOKIE_SECRET: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      },
    ],
    [
      'servers',
      ['default-credentials', 'default-credentials', 'geoip-unreadable'],
      good,
      {
        DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/shop',
        REDIS_URL: 'redis://:foobared@127.0.0.1:1',
        GEOIP_DATABASE_PATH: 'gone.mmdb',
      },
    ],
    ['a file of places that is none', ['geoip-unreadable'], good, { GEOIP_DATABASE_PATH: 'sallyport.config.json' }],
    [
      'what lets everybody in',
      ['cors-wildcard', 'untrusted-proxy', 'limits-off', 'no-audit', 'no-hsts'],
      {
        ...good,
        cors: { origins: '*' },
        trustedProxies: ['0.0.0.0/0'],
        limits: false,
        audit: false,
        headers: { strictTransportSecurity: false },
      },
      {},
    ],
    [
      'what variables switch off',
      ['limits-off', 'no-audit'],
      good,
      { SECURITY_RATE_LIMIT_ENABLED: 'false', SECURITY_AUDIT_LOG_ENABLED: 'false' },
    ],
    [
      'roles, lifetimes and issuers',
      ['administrators-without-mfa', 'long-lifetime', 'long-lifetime', 'no-tls'],
      {
        ...good,
        rbac: { roles: { admin: ['orders:*'], boss: { allow: ['*'] } } },
        sessions: { absolute: 31_536_000, idle: 604_800 },
        jwt: { ...good.jwt, issuer: 'http://id.example.com/' },
      },
      {},
    ],
  ])('finds weak %s, and shows no secret', async (_, ids, options, variables) => {
    const { code, findings, out } = await diagnosed({ options, variables }, '--offline', ...ANYWHERE)
    expect(code).toBe(1)
    const found = findings.map(({ id }) => id).filter((id) => id !== 'configuration')
    expect(found.toSorted()).toEqual(ids.toSorted())
    for (const { what, why, fix } of findings) expect([what, why, fix]).not.toContain('')
    for (const secret of ['hunter2', 'keyboard', 'foobared']) expect(out).not.toContain(secret)
  })

  it.each([
    ['a list that is none', { trustedProxies: '10.0.0.0/8' }],
    ['a list of something else', { trustedProxies: [8] }],
    ['an environment that is none', { env: {} }],
  ])('tells of %s, and still of all else', async (_, wrong) => {
    const { code, findings } = await diagnosed(
      { options: { ...good, ...wrong, limits: false } },
      ...ANYWHERE,
      '--production',
    )
    expect(code).toBe(1)
    expect(findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['configuration', 'limits-off']))
  })

  it('looks on where a password has a percent sign of its own, and shows no password', async () => {
    const variables = {
      DATABASE_URL: 'postgres://shop:100%drawn@127.0.0.1/shop',
      REDIS_URL: 'redis://:50%drawn@127.0.0.1',
    }
    const { out, findings } = await diagnosed(
      { options: { ...good, limits: false }, variables },
      ...ANYWHERE,
      '--offline',
    )
    expect(findings.map(({ id }) => id)).toContain('limits-off')
    expect(out).not.toContain('drawn')
  })

  it('judges more in production, by option and by NODE_ENV', async () => {
    const options = { ...good, trustedProxies: [] }
    const ids = async (variables: Record<string, string>, ...words: string[]) => {
      const { findings } = await diagnosed({ options, variables }, '--offline', ...ANYWHERE, ...words)
      return findings.map(({ id }) => id)
    }
    expect(await ids({}, '--production')).toEqual([
      'memory-store',
      'no-encryption-key',
      'no-audit-archive',
      'no-trusted-proxy',
    ])
    expect(await ids({})).toEqual([])
    const elsewhere = {
      REDIS_URL: 'redis://redis.example.com',
      DATABASE_URL: 'postgres://shop:x@db.example.com/shop',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      NODE_ENV: 'production',
    }
    expect(await ids(elsewhere)).toEqual(['no-tls', 'no-tls', 'no-password', 'no-audit-archive', 'no-trusted-proxy'])
    expect(await ids({ ...elsewhere, NODE_ENV: 'development' })).toEqual([])
  })

  it('counts what mail there is, and second factors that are demanded', async () => {
    const at = (name: string) => JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve(name)))
    const config = (mfa: string) => ({
      'sallyport.config.mjs': `
        import { createKeyRing, identify } from ${at('@sallyport/core')}
        import { totp } from ${at('@sallyport/mfa-gate')}
        export default {
          keyRing: createKeyRing({ keys: [{ id: 'a', key: '${randomBytes(32).toString('base64url')}' }] }),
          rbac: { roles: { admin: ['orders:*'] } },
          audit: { directory: '/var/lib/sallyport-doctor-test' },
          mfa: { factors: [totp({ issuer: 'Shop' })], ${mfa} },
        }`,
    })
    const lax = await diagnosed({ files: config('') }, ...ANYWHERE)
    expect(lax.findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'high administrators-without-mfa',
      'low no-mail-sender',
    ])
    const strict = await diagnosed(
      { files: config('require: true'), variables: { SMTP_URL: 'smtps://mail.example.com' } },
      ...ANYWHERE,
    )
    expect(strict.findings).toEqual([])
  })

  it('has an exit code for CI: what fails and what was accepted is said', async () => {
    const options = { ...good, limits: false, audit: false }
    const ids = async (...words: string[]) => {
      const { code, findings } = await diagnosed({ options }, ...words)
      return [code, ...findings.map(({ id }) => id)]
    }
    expect(await ids(...ANYWHERE)).toEqual([1, 'limits-off', 'no-audit'])
    expect(await ids('--ignore', 'node-version,limits-off', '--fail-on', 'high')).toEqual([0, 'no-audit'])
    expect(await ids('--ignore', 'node-version, limits-off, no-audit')).toEqual([0])
  })

  it('reads for people, too', async () => {
    const folder = folderWith({ 'sallyport.config.json': JSON.stringify({ ...good, limits: false }) })
    const { code, out } = await sallyport(['doctor', ...ANYWHERE], folder)
    expect(code).toBe(1)
    expect(out).toMatch(/high {4}limits-off {2}ASVS 2\.4\.1\n {8}The option limits is false\n.*\n {8}Fix: /)
  })

  it.each([
    [['--fail-on', 'all'], /high, medium, low/],
    [['--config', 'gone.json'], /there is no file gone\.json/],
    [['--config', 'list.json'], /does not hold an object/],
    [['--variables', 'gone'], /there is no file gone/],
    [['--module', 'list.json'], /./],
    [['--url', 'ftp://example.com'], /http/],
    [['now'], /options only/],
  ])('refuses %j', async (words, message) => {
    const { code, err } = await sallyport(['doctor', ...words], folderWith({ 'list.json': '[]' }))
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})

describe('sallyport doctor looks around', () => {
  it('at a Redis that evicts, and one that is not there', async () => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    onTestFinished(() => redis.stop())
    const { findings } = await diagnosed(
      { options: good, variables: { REDIS_URL: `redis://127.0.0.1:${redis.port}` } },
      ...ANYWHERE,
    )
    expect(findings).toContainEqual(expect.objectContaining({ id: 'redis-maxmemory-policy', severity: 'high' }))
    const gone = await diagnosed(
      { options: good, variables: { REDIS_URL: 'redis://u:hunter2@127.0.0.1:1' } },
      ...ANYWHERE,
    )
    expect(gone.findings).toMatchObject([{ id: 'redis-unreachable', severity: 'high' }])
    expect(gone.out).not.toContain('hunter2')
  })

  it('at a PostgreSQL without the schema', async () => {
    const server = await postgresForTests()
    onTestFinished(() => server.stop())
    const url = new URL(server.url)
    url.pathname = '/postgres'
    const { findings } = await diagnosed(
      { options: good, variables: { DATABASE_URL: url.href } },
      '--ignore',
      'node-version,default-credentials',
    )
    expect(findings).toContainEqual(expect.objectContaining({ id: 'postgres-schema', severity: 'high' }))
  })

  it('at an audit log that was altered', async () => {
    const directory = folderWith({})
    const env = createEnvironment()
    const audit = auditLogger({ directory, env })
    for (let i = 0; i < 3; i++) await audit.record({ type: 'app.report', detail: { year: 2020 + i } })
    await env.close()
    const options = { ...good, audit: { directory } }
    expect((await diagnosed({ options }, ...ANYWHERE)).findings).toEqual([])
    const holder = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .find((path) => statSync(path).isFile() && readFileSync(path).includes('2021'))!
    writeFileSync(holder, readFileSync(holder, 'latin1').replaceAll('2021', '2031'), 'latin1')
    expect((await diagnosed({ options }, ...ANYWHERE)).findings).toContainEqual(
      expect.objectContaining({ id: 'audit-log-broken', asvs: '16.4.2' }),
    )
  })

  it('at the way to the app, and at its clock', async () => {
    const server = createServer((_req, res) => {
      res.sendDate = false
      res.setHeader('Date', new Date(Date.now() - 3_600_000).toUTCString()).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { findings } = await diagnosed({ options: good }, '--url', url, ...ANYWHERE)
    expect(findings.map(({ id }) => id)).toEqual(['no-tls', 'clock-skew'])
  })

  it('at the guard that the app exports', async () => {
    const from = createRequire(import.meta.url)
    const files = {
      'security.mjs': `
        import { sallyport } from ${JSON.stringify(pathToFileURL(from.resolve('sallyport')))}
        export const guard = sallyport({ trustedProxies: ['10.0.0.1'] })
        export const other = 1`,
    }
    // A variable that the app does not read does not hide that its state is in memory.
    const variables = { REDIS_URL: 'rediss://u:x@redis.example.com' }
    const words = ['--module', 'security.mjs', '--production', '--offline', ...ANYWHERE]
    const { findings } = await diagnosed({ files, variables }, ...words)
    expect(findings.map(({ id }) => id)).toEqual(['memory-store', 'no-encryption-key', 'no-listener'])
    const wrong = await sallyport(['doctor', '--module', 'security.mjs', '--export', 'other'], folderWith(files))
    expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/exports no guard/) as string })
  })
})
