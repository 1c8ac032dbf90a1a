import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createTestClock } from '@sallyport/core/testing'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startProxy, type FaultProxy } from '../../../test/servers/index.ts'
import { bytes, LONG, server } from './support.ts'

const postgres = server()

/** The processes of the server that listen for a schema. */
async function listeners(schema: string): Promise<number[]> {
  const rows = await postgres.sql(`select pid from pg_stat_activity where query = $1`, [`LISTEN "sallyport:${schema}"`])
  return rows.map(([pid]) => Number(pid))
}

async function proxied(): Promise<{ proxy: FaultProxy; url: string }> {
  const url = new URL(postgres.url)
  const proxy = await startProxy(Number(url.port || 5432))
  onTestFinished(() => proxy.stop())
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { proxy, url: url.href }
}

/** Counts the hints of a log. */
function counter(): { readonly count: number; readonly hint: () => void } {
  let count = 0
  return {
    get count() {
      return count
    },
    hint: () => void count++,
  }
}

describe('a subscription', () => {
  it('holds one connection apart from the pool, for all logs, for as long as there is one', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool()
    const store = postgres.store({ schema, pool })
    const cancels = await Promise.all(['one', 'two', 'one'].map((log) => store.subscribe(log, () => undefined)))
    expect(await listeners(schema)).toHaveLength(1)
    expect(pool.totalCount).toBe(0)
    cancels[0]!()
    cancels[1]!()
    expect(await listeners(schema)).toHaveLength(1)
    cancels[2]!()
    await expect.poll(() => listeners(schema)).toEqual([])
  })

  it('is made anew when the server ends its connection, with a hint for what it may have missed', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    const [one, other] = [counter(), counter()]
    await store.subscribe('log', one.hint)
    await store.subscribe('other', other.hint)
    const [pid] = await listeners(schema)
    await postgres.sql('select pg_terminate_backend($1)', [pid])
    await expect.poll(() => [one.count, other.count], { timeout: 5000 }).toEqual([1, 1])
    expect(await listeners(schema)).not.toContain(pid)
    await store.append('log', bytes('r'), { ttl: LONG })
    await expect.poll(() => one.count).toBe(2)
    expect(other.count).toBe(1)
  })

  it('is made anew after an outage of the network', async () => {
    const schema = postgres.schema()
    const { proxy, url } = await proxied()
    const writer = postgres.store({ schema })
    const store = postgres.store({ schema, pool: postgres.pool({ connectionString: url }) })
    const hints = counter()
    await store.subscribe('log', hints.hint)
    proxy.refuse()
    await expect.poll(() => listeners(schema)).toEqual([])
    await writer.append('log', bytes('missed'), { ttl: LONG })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(hints.count).toBe(0)
    proxy.heal()
    await expect.poll(() => hints.count, { timeout: 10_000 }).toBe(1)
  })

  it('finds out by itself when its connection was cut without a word', async () => {
    const schema = postgres.schema()
    const { proxy, url } = await proxied()
    const clock = createTestClock()
    const store = postgres.store({ schema, clock, pool: postgres.pool({ connectionString: url }) })
    const hints = counter()
    await store.subscribe('log', hints.hint)
    proxy.halfOpen()
    await clock.advance(30_000)
    proxy.heal()
    // The sign of life that was asked for does not come.
    await clock.advance(1000)
    await expect
      .poll(async () => {
        await clock.advance(100)
        return hints.count
      })
      .toBe(1)
  })

  it('is refused when it cannot be made, and leaves nothing behind', async () => {
    const schema = postgres.schema()
    const { proxy, url } = await proxied()
    const store = postgres.store({ schema, listen: { connectionString: url } })
    proxy.refuse()
    await expect(store.subscribe('log', () => undefined)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    proxy.heal()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await listeners(schema)).toEqual([])
    // What is asked for next works.
    const hints = counter()
    await store.subscribe('log', hints.hint)
    await store.append('log', bytes('r'), { ttl: LONG })
    await expect.poll(() => hints.count).toBe(1)
  })

  it('ends with the store', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema })
    await store.subscribe('log', () => undefined)
    await store.close()
    expect(await listeners(schema)).toEqual([])
  })

  it('logs in as the pool does, also with a password, which a pool hides from copies of its options', async () => {
    const schema = postgres.schema()
    const asked: unknown[] = []
    const { hostname, port, pathname, username } = new URL(postgres.url)
    const pool = new Pool({
      host: hostname,
      port: Number(port || 5432),
      database: pathname.slice(1),
      user: username,
      password: 'the password',
    })
    onTestFinished(() => pool.end())
    class Client extends (pool as unknown as { Client: new (config: { password?: unknown }) => object }).Client {
      constructor(config: { password?: unknown }) {
        super(config)
        asked.push(config.password)
      }
    }
    Object.assign(pool, { Client })
    await postgres.store({ schema, pool }).subscribe('log', () => undefined)
    expect(asked).toEqual(['the password'])
  })

  it('hears, with `listen: false`, of this process’s appends, and holds no connection', async () => {
    const schema = postgres.schema()
    const store = postgres.store({ schema, listen: false })
    const other = postgres.store({ schema })
    const hints = counter()
    await store.subscribe('log', hints.hint)
    expect(await listeners(schema)).toEqual([])
    await other.append('log', bytes('r'), { ttl: LONG })
    await store.append('log', bytes('r'), { ttl: LONG })
    expect(hints.count).toBe(1)
  })

  it('tells of what is appended in a burst with one announcement, and leaves none of it out', async () => {
    const schema = postgres.schema()
    const clock = createTestClock()
    const writer = postgres.store({ schema, clock, timeout: 60_000 })
    const reader = postgres.store({ schema })
    const hints = counter()
    await reader.subscribe('log', hints.hint)
    await writer.append('log', bytes('first'), { ttl: LONG })
    await expect.poll(() => hints.count).toBe(1)
    for (let i = 0; i < 20; i++) await writer.append('log', bytes('more'), { ttl: LONG })
    expect(hints.count).toBe(1)
    await expect
      .poll(async () => {
        await clock.advance(10)
        return hints.count
      })
      .toBe(2)
    // And then it is quiet, until there is news again.
    await clock.advance(1000)
    await writer.append('log', bytes('last'), { ttl: LONG })
    await expect.poll(() => hints.count).toBe(3)
  })

  it('keeps no process alive', async () => {
    const schema = postgres.schema()
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('listen-child.mjs', import.meta.url)), postgres.url, schema],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [said] = await once(child.stdout, 'data')
    expect(String(said)).toBe('listening\n')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })
})
