import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { expect, it, onTestFinished } from 'vitest'
import { redisCommand, startRedis, until, type TestServer } from '../../../test/servers/index.ts'
import { freePort } from '../../../test/servers/ports.ts'
import { redisBinary } from '../../../test/servers/redis-binary.ts'
import { bytes, LONG, put, read, storeOver, write } from './support/store.ts'

/** Watches a master, and lets a replica take over soon after it is gone. */
async function startSentinel(master: TestServer): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sentinel-'))
  const port = await freePort()
  const lines = [
    ...[`port ${String(port)}`, 'bind 127.0.0.1', `dir ${folder}`],
    ...[`sentinel monitor app 127.0.0.1 ${String(master.port)} 1`, 'sentinel down-after-milliseconds app 500'],
    ...['sentinel failover-timeout app 2000'],
  ]
  writeFileSync(join(folder, 'sentinel.conf'), lines.join('\n'))
  const sentinel = spawn(redisBinary(), [join(folder, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' })
  onTestFinished(() => {
    sentinel.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  await until('the sentinel knows the replica', async () => {
    const known = await redisCommand(port, 'SENTINEL', 'REPLICAS', 'app').catch(() => [])
    return (known as readonly unknown[]).length === 1
  })
  return port
}

const clients = [
  { name: 'ioredis 6', connect: (port: number) => new Redis6(optionsOf(port)) },
  { name: 'ioredis 5', connect: (port: number) => new Redis5(optionsOf(port)) },
]

function optionsOf(port: number) {
  return { sentinels: [{ host: '127.0.0.1', port }], name: 'app', lazyConnect: true }
}

it.each(clients)('a store over $name finds the master that Sentinel names', async ({ connect }) => {
  const master = await startRedis()
  onTestFinished(() => master.stop())
  const replica = await startRedis({ replicaOf: master })
  onTestFinished(() => replica.stop())
  const port = await startSentinel(master)
  const client = connect(port)
  const store = storeOver({ client })
  await write(store, put('k'))
  await store.append('log', bytes('r'), { ttl: LONG })
  await store.readSince('log', 0)
  await until('the replica is in step', async () => Number(await redisCommand(replica.port, 'DBSIZE')) >= 5)
  await master.kill()
  await until('another one leads', () =>
    write(store, put('l')).then(
      () => true,
      () => false,
    ),
  )
  expect(await read(store, 'k')).toBe('v')
  expect(await store.readSince('log', 0)).toMatchObject({ last: 1, records: [{ index: 1 }] })
  expect(String(await redisCommand(replica.port, 'INFO', 'replication'))).toContain('role:master')
})
