import { createClient } from 'redis'
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { postgresForTests, redisCommand, redisForTests, startPostgres, startRedis, startRedisCluster } from './index.ts'
import { isRunning } from './processes.ts'
import type { TestServer } from './server.ts'

/** The suites that rely on these servers rely on this. */
function mine<Server extends { stop(): Promise<void> }>(server: Server): Server {
  onTestFinished(() => server.stop())
  return server
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0])
  } finally {
    await client.end()
  }
}

/** How each kind is written to and read. */
const kinds = [
  {
    name: 'redis',
    start: () => startRedis({ persist: true }),
    write: ({ port }: TestServer) => redisCommand(port, 'SET', 'k', 'v'),
    read: ({ port }: TestServer) => redisCommand(port, 'GET', 'k'),
    nothing: null,
  },
  {
    name: 'postgres',
    start: startPostgres,
    write: ({ url }: TestServer) => query(url, `CREATE TABLE t AS SELECT 'v' AS k`),
    read: async ({ url }: TestServer) =>
      (await query(url, `SELECT to_regclass('t')::text`))[0] === null ? null : (await query(url, 'SELECT k FROM t'))[0],
    nothing: null,
  },
]

describe.each(kinds)('a $name server', ({ start, write, read, nothing }) => {
  it('is there when it is started, keeps what it acknowledged through a kill, and its port', async () => {
    const server = mine(await start())
    const { port, pid } = server
    await write(server)
    await server.kill()
    expect(isRunning(pid)).toBe(false)
    await expect(read(server)).rejects.toThrow()
    await server.restart()
    expect(server.port).toBe(port)
    expect(server.pid).not.toBe(pid)
    expect(await read(server)).toBe('v')
  })

  it('can come back empty', async () => {
    const server = mine(await start())
    await write(server)
    await server.restart({ empty: true })
    expect(await read(server)).toBe(nothing)
  })

  it('stands still while it is paused, and goes on', async () => {
    const server = mine(await start())
    await write(server)
    server.pause()
    let answered = false
    const answer = read(server).then((value) => {
      answered = true
      return value
    })
    await new Promise((resolve) => void setTimeout(resolve, 100))
    expect(answered).toBe(false)
    server.resume()
    expect(await answer).toBe('v')
  })

  it('ends also when it is paused or dead, and leaves nothing', async () => {
    const [paused, dead] = [await start(), await start()]
    paused.pause()
    await dead.kill()
    await Promise.all([paused.stop(), dead.stop()])
    expect([paused.pid, dead.pid].filter(isRunning)).toEqual([])
    await Promise.all([paused.stop(), dead.stop()])
  })
})

describe('redis', () => {
  it('keeps nothing unless it is told to', async () => {
    const server = mine(await startRedis())
    await redisCommand(server.port, 'SET', 'k', 'v')
    await server.restart()
    expect(await redisCommand(server.port, 'GET', 'k')).toBe(null)
  })

  it('follows another one, until it is told that it leads', async () => {
    const master = mine(await startRedis())
    await redisCommand(master.port, 'SET', 'k', 'v')
    const replica = mine(await startRedis({ replicaOf: master }))
    expect(await redisCommand(replica.port, 'GET', 'k')).toBe('v')
    await expect(redisCommand(replica.port, 'SET', 'k', 'w')).rejects.toThrow('READONLY')
    await redisCommand(replica.port, 'REPLICAOF', 'NO', 'ONE')
    expect(await redisCommand(replica.port, 'SET', 'k', 'w')).toBe('OK')
  })

  it('takes arguments of its own, and says why it does not start', async () => {
    const server = mine(await startRedis({ args: ['--maxmemory', '5mb'] }))
    expect(await redisCommand(server.port, 'CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '5242880'])
    await expect(startRedis({ args: ['--no-such-directive', 'yes'] })).rejects.toThrow(
      /redis ended: .*no-such-directive/,
    )
  })

  it('makes a cluster in which every slot is served', async () => {
    const cluster = mine(await startRedisCluster())
    expect(cluster.urls).toHaveLength(3)
    // One key for each third of the slots.
    const homes = await Promise.all(
      cluster.nodes.map(({ port }) => redisCommand(port, 'CLUSTER', 'SLOTS') as Promise<(readonly unknown[])[]>),
    )
    for (const slots of homes) {
      expect(slots.map(([first, last]) => [first, last]).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
        [0, 5460],
        [5461, 10_921],
        [10_922, 16_383],
      ])
    }
  })
})

describe('for tests that share', () => {
  it('is a server of their own, unless the environment names one', async () => {
    for (const [variable, give, own] of [
      ['REDIS_URL', redisForTests, /^redis:\/\/127\.0\.0\.1:\d+$/],
      ['DATABASE_URL', postgresForTests, /^postgresql:\/\/postgres@127\.0\.0\.1:\d+\/postgres$/],
    ] as const) {
      const before = process.env[variable]
      onTestFinished(() => {
        if (before === undefined) delete process.env[variable]
        else process.env[variable] = before
      })
      delete process.env[variable]
      expect(mine(await give()).url).toMatch(own)
      process.env[variable] = 'given://elsewhere'
      const given = await give()
      expect(given.url).toBe('given://elsewhere')
      await given.stop()
    }
  })

  it('works with the clients that the stores take', async () => {
    const [redis, postgres] = [mine(await redisForTests()), mine(await postgresForTests())]
    const client = createClient({ url: redis.url })
    await client.connect()
    expect(await client.ping()).toBe('PONG')
    client.destroy()
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([1])
  })
})
