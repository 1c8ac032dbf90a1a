import { compose, reportOnly, type EnvironmentOptions } from '@sallyport/core'
import { rateLimit } from '@sallyport/limits'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { callers, environment } from './support.ts'

const statuses = async (asks: readonly Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(asks)).map(({ status }) => status).toSorted((a, b) => a - b)

describeHosts('a rate limit', (host) => {
  it('lets so many through, says what is left, and refuses the rest', async () => {
    const env = environment()
    const app = await host.start({ use: [rateLimit({ env, limit: 2, window: 60 })], handler: () => ({ body: 'ok' }) })
    const first = await app.fetch('/orders')
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=2;w=60')
    expect(first.headers.get('ratelimit')).toMatch(/^"address";r=1;t=(?:60|59)$/)
    expect((await app.fetch('/orders')).status).toBe(200)
    const refused = await app.fetch('/orders')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ status: 429, code: 'ERR_LIMITS_EXCEEDED' })
  })

  it('lets no more through of a hundred at once', async () => {
    const env = environment()
    const app = await host.start({ use: [rateLimit({ env, limit: 10 })], handler: () => ({ body: 'ok' }) })
    const all = await statuses(Array.from({ length: 100 }, () => app.fetch('/orders')))
    expect(all.filter((status) => status === 200)).toHaveLength(10)
    expect(all.filter((status) => status === 429)).toHaveLength(90)
  })

  it('counts accounts, credentials and addresses apart, and by address whoever has none', async () => {
    const env = environment()
    const app = await host.start({
      use: [
        callers(env),
        rateLimit({ env, limit: 2, by: 'principal' }),
        rateLimit({ env, limit: 1, by: 'credential' }),
      ],
      handler: () => ({ body: 'ok' }),
    })
    const ask = async (headers: Record<string, string>) => (await app.fetch('/orders', { headers })).status
    expect(await ask({ 'x-user': 'ada', 'x-key': 'one' })).toBe(200)
    expect(await ask({ 'x-user': 'ada', 'x-key': 'one' })).toBe(429)
    expect(await ask({ 'x-user': 'ada', 'x-key': 'two' })).toBe(429)
    expect(await ask({ 'x-user': 'bob', 'x-key': 'one' })).toBe(429)
    expect(await ask({ 'x-user': 'bob', 'x-key': 'three' })).toBe(200)
    expect(await ask({})).toBe(200)
    expect(await ask({})).toBe(429)
  })

  it('attack: another spelling of the route’s URL is no other budget', async () => {
    const env = environment()
    const app = await host.start({
      route: [rateLimit({ env, limit: 1, name: 'orders' })],
      handler: () => ({ body: 'ok' }),
    })
    expect((await app.fetch('/orders')).status).toBe(200)
    for (const path of ['/orders', '/orders?x=1', '/orders?', '/%6frders']) {
      expect([429, 404]).toContain((await app.fetch(path)).status)
    }
  })

  it('attack: a made-up X-Forwarded-For is no other client', async () => {
    const env = environment()
    const app = await host.start({ use: [rateLimit({ env, limit: 1 })], handler: () => ({ body: 'ok' }) })
    expect((await app.fetch('/orders', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(200)
    expect((await app.fetch('/orders', { headers: { 'x-forwarded-for': '192.0.2.2' } })).status).toBe(429)
  })

  it('attack: another address of one’s own /64 is no other client', async () => {
    const env = environment({ trustedProxies: ['loopback'] })
    const app = await host.start({ use: [rateLimit({ env, limit: 1 })], handler: () => ({ body: 'ok' }) })
    const from = async (address: string) =>
      (await app.fetch('/orders', { headers: { 'x-forwarded-for': address } })).status
    expect(await from('2001:db8::1')).toBe(200)
    expect(await from('2001:db8::2')).toBe(429)
    expect(await from('2001:db8:0:1::1')).toBe(200)
    expect(await from('192.0.2.1')).toBe(200)
    expect(await from('::ffff:192.0.2.1')).toBe(429)
  })

  it('only reports where it is told to, and composes', async () => {
    const env = environment()
    const gate = compose(reportOnly(rateLimit({ env, limit: 1 })), rateLimit({ env, limit: 3, name: 'more' }))
    const app = await host.start({ use: [gate], handler: () => ({ body: 'ok' }) })
    const all = []
    for (let i = 0; i < 4; i++) all.push((await app.fetch('/orders')).status)
    expect(all).toEqual([200, 200, 200, 429])
  })

  it('counts what a request costs, and not what costs nothing', async () => {
    const env = environment()
    const cost = (exchange: { header(name: string): string | undefined }) => Number(exchange.header('x-cost') ?? 0)
    const app = await host.start({ use: [rateLimit({ env, limit: 10, cost })], handler: () => ({ body: 'ok' }) })
    const ask = async (points: number) => (await app.fetch('/orders', { headers: { 'x-cost': String(points) } })).status
    expect(await ask(0)).toBe(200)
    expect(await ask(8)).toBe(200)
    expect(await ask(5)).toBe(429)
    expect(await ask(0)).toBe(200)
  })
})

it('warns once where a proxy is in front that nobody named', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(String(warning))
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  const start = (options: EnvironmentOptions) =>
    express5Host.start({
      use: [rateLimit({ env: environment(options), limit: 9 })],
      handler: () => ({ body: 'ok' }),
    })
  const named = await start({ trustedProxies: ['loopback'] })
  const unnamed = await start({})
  const headers = { 'x-forwarded-for': '192.0.2.1' }
  await named.fetch('/orders', { headers })
  await unnamed.fetch('/orders')
  expect(warnings).toEqual([])
  for (let i = 0; i < 3; i++) await unnamed.fetch('/orders', { headers })
  await expect.poll(() => warnings).toEqual([expect.stringContaining('a proxy at 127.0.0.1')])
})

describe('options', () => {
  it.each([
    [{}, /`limit`/],
    [{ limit: 0 }, /`limit` was 0/],
    [{ limit: 1.5 }, /whole number/],
    [{ limit: 1, windw: 5 }, /did you mean `window`/],
    [{ limit: 1, by: 'adress' }, /`by` was 'adress'/],
    [{ limit: 1, name: 'a"b' }, /`name`/],
    [{ limit: 1, onLimiterFailure: 'pass' }, /`onLimiterFailure`/],
  ])('%j are refused', (options, why) => {
    expect(() => rateLimit(options as never)).toThrow(why)
  })
})
