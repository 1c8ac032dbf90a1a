import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { loadSallyport, validateConfiguration } from 'sallyport'
import { expect, it, onTestFinished } from 'vitest'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { postgresForTests, startRedis } from '../../../../test/servers/index.ts'
import { bearer, ended, folder } from './support.ts'

const secret = randomBytes(48).toString('base64')

it('tells every mistake at once, and none of a good configuration', () => {
  const { isValid, errors } = validateConfiguration(
    {
      jwt: { issuer: 'https://id.example.com/', audiance: 'x', leway: 5 },
      rbac: { roles: { a: ['orders:raed:x'] } },
      cors: { origins: ['nowhere'] },
      limits: { address: { limit: 0 } },
      sesions: {},
    } as never,
    {
      REDIS_URL: 'redis.example.com',
      ENCRYPTION_KEY: 'short',
      HSM_ENABLED: 'true',
      SECURITY_RATE_LIMIT_ENABLED: 'maybe',
    },
  )
  expect(isValid).toBe(false)
  const messages = errors.map(({ message }) => message).join('\n')
  for (const said of [
    /REDIS_URL: accepted is a URL/,
    /ENCRYPTION_KEY: accepted is 32 random bytes/,
    /HSM_ENABLED: there is no support/,
    /SECURITY_RATE_LIMIT_ENABLED: accepted is true or false/,
    /`audiance`/,
    /`leway`/,
    /orders:raed:x|roles\.a/,
    /`origins`/,
    /`limit` was 0/,
    /`sesions` \(did you mean `sessions`\?\)/,
  ]) {
    expect(messages).toMatch(said)
  }
  expect(messages).not.toContain('short')
  const good = { jwt: { issuer: 'https://id.example.com/', audience: 'orders-api' } } as const
  expect(validateConfiguration(good, { SECURITY_RATE_LIMIT_ENABLED: 'false' })).toEqual({ isValid: true, errors: [] })
})

it('takes options from a file, servers and secrets from variables', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const file = join(folder(), 'sallyport.config.json')
  writeFileSync(file, JSON.stringify({ jwt: { issuer: 'https://shop.example.com/', audience: 'orders-api' } }))
  const variables = {
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    JWT_SECRET_KEY: secret,
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
  }
  const options = { limits: { address: { limit: 2 } } }
  const start = async () =>
    express5Host.start({
      use: [ended(await loadSallyport({ file, variables, options }))],
      handler: () => ({ body: 'ok' }),
    })
  const [one, other] = [await start(), await start()]
  const token = await new SignJWT({ client_id: 'shop' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer('https://shop.example.com/')
    .setAudience('orders-api')
    .setSubject('ada')
    .setJti('1')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(Buffer.from(secret))
  const headers = bearer(token)
  const first = await one.fetch('/orders', { headers })
  expect([first.status, one.errors]).toEqual([200, []])
  expect((await other.fetch('/orders')).status).toBe(401)
  // Both count in Redis.
  expect((await one.fetch('/orders', { headers })).status).toBe(429)
})

it('keeps the audit log in the database where it is only switched on', async () => {
  const server = await postgresForTests()
  onTestFinished(() => server.stop())
  const guard = ended(
    await loadSallyport({
      file: false,
      variables: { DATABASE_URL: server.url, SECURITY_AUDIT_LOG_ENABLED: 'true' },
      options: { limits: { address: { limit: 1 } } },
    }),
  )
  const app = await express5Host.start({ use: [guard], handler: () => ({ body: 'ok' }) })
  await app.fetch('/orders')
  expect((await app.fetch('/orders')).status).toBe(429)
})

it('starts nothing where something is wrong', async () => {
  await expect(loadSallyport({ file: false, variables: { SECURITY_THREAT_DETECTION_ENABLED: '1' } })).rejects.toThrow(
    /there is no threat detection yet/,
  )
  await expect(loadSallyport({ file: false, variables: {}, options: { jwt: {} } as never })).rejects.toThrow(/issuer/)
})
