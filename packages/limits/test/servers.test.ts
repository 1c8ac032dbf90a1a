import { onSecurityEvent } from '@sallyport/core'
import { rateLimit, redisLimiter, type LimiterSpec, type RateLimitOptions } from '@sallyport/limits'
import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { postgresForTests, startProxy, startRedis, until } from '../../../test/servers/index.ts'
import { environment } from './support.ts'

const host = express5Host

async function twoProcesses(limiter: RateLimitOptions['limiter']) {
  const start = () =>
    host.start({
      use: [rateLimit({ env: environment(), limit: 10, ...(limiter && { limiter }), deadline: 5000 })],
      handler: () => ({ body: 'ok' }),
    })
  const apps = [await start(), await start()]
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => apps[i % 2]!.fetch('/orders')))
  return answers.filter(({ status }) => status === 200).length
}

it('two processes count together in PostgreSQL', async () => {
  const server = await postgresForTests()
  onTestFinished(() => server.stop())
  const pool = new pg.Pool({ connectionString: server.url })
  onTestFinished(() => pool.end())
  const made = new Map<string, RateLimiterPostgres>()
  const ready = (spec: LimiterSpec) =>
    new Promise<RateLimiterPostgres>((resolve, reject) => {
      const limiter: RateLimiterPostgres = new RateLimiterPostgres(
        { storeClient: pool, tableName: 'limits', ...spec },
        (error?: Error) => (error ? reject(error) : resolve(limiter)),
      )
    })
  const spec = { keyPrefix: 'sallyport-limit-address', points: 10, duration: 60 }
  made.set('one', await ready(spec))
  expect(await twoProcesses(() => made.get('one')!)).toBe(10)
})

it('two processes count together in Redis, and each for itself while it is gone, at once', async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const proxy = await startProxy(server.port)
  onTestFinished(() => proxy.stop())
  const redis = createClient({ url: `redis://127.0.0.1:${proxy.port}` }).on('error', () => undefined)
  await redis.connect()
  onTestFinished(() => redis.destroy())
  const limiter = redisLimiter(redis)
  expect(await twoProcesses(limiter)).toBe(10)

  const env = environment()
  const health: unknown[] = []
  onSecurityEvent((event) => event.type === 'health.changed' && health.push(event.detail.healthy), { env })
  const options = { env, limit: 3, name: 'gone', limiter }
  const memory = await host.start({ use: [rateLimit(options)], handler: () => ({ body: 'ok' }) })
  const closed = await host.start({
    use: [rateLimit({ ...options, name: 'closed', onLimiterFailure: 'closed' })],
    handler: () => ({ body: 'ok' }),
  })
  const open = await host.start({
    use: [rateLimit({ ...options, name: 'open', onLimiterFailure: 'open' })],
    handler: () => ({ body: 'ok' }),
  })
  proxy.refuse()
  const ask = async (app: typeof memory) => (await app.fetch('/orders')).status
  const five = async (app: typeof memory) => [await ask(app), await ask(app), await ask(app), await ask(app)]
  expect(await five(memory)).toEqual([200, 200, 200, 429])
  expect(await five(closed)).toEqual([503, 503, 503, 503])
  expect(await five(open)).toEqual([200, 200, 200, 200])
  expect(health).toEqual([false, false, false])

  proxy.heal()
  await until('all three are back', () => health.length === 6)
  // The request on whose answer nobody waited any more was counted when the server was back.
  const [first, , , last] = await five(memory)
  expect([first, last]).toEqual([200, 429])
})
