import { readFileSync } from 'node:fs'
import type { Store } from '@sallyport/core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { redisCommand, startRedis, startRedisCluster, type TestServer } from '../../../test/servers/index.ts'
import { clientKinds, clusterKinds, type ClientKind } from './support/clients.ts'
import { bytes, LONG, put, storeOver } from './support/store.ts'

let server: TestServer
beforeAll(async () => void (server = await startRedis()))
afterAll(() => server.stop())

/** The rules that the README tells operators to set. */
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const [, rule] = /^ACL SETUSER sallyport (on >.*)$/m.exec(readme) as unknown as [string, string]
const [, more] = /for a cluster also `(.*?)`/.exec(readme) as unknown as [string, string]
const clusterWords = more.split(' ')
const words = rule.replace('>…', '>secret').split(' ')
const commands = words.filter((word) => word.startsWith('+'))

/** Everything that a store does. */
async function doAll(store: Store): Promise<void> {
  await store.generation()
  const many = Array.from({ length: 10 }, (_, i) => put(`k${String(i)}`, 'v', { owner: 'o' }))
  for (const one of many) await store.commit('p', [one])
  await store.commit('p', [put('k1', 'v', { owner: 'x' }), { delete: 'k2' }])
  await store.commit('p', [put('short', 'v', { owner: 'o', ttl: 1 })])
  await expect.poll(() => store.get({ partition: 'p', id: 'short' })).toBeUndefined()
  expect(await store.listOwned('p', 'o')).toHaveLength(8)
  await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })
  await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })
  let hints = 0
  const cancel = await store.subscribe('log', () => void hints++)
  const other = await store.subscribe('another log', () => undefined)
  await store.append('log', bytes('r'), { ttl: 1 })
  await store.append('log', bytes('r'), { ttl: LONG })
  await expect.poll(() => hints).toBeGreaterThan(0)
  cancel()
  other()
  await store.readSince('log', 0)
  await store.readSince('log', 1)
  // A record leaves an hour after its end.
  await redisCommand(server.port, 'ZADD', 'sallyport:{log}:x', 'XX', 1, '1')
  await store.cleanup()
}

/** What a user with such rights comes to. */
async function as({ connect }: ClientKind, rights: readonly string[]): Promise<void> {
  for (const command of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['ACL', 'SETUSER', 'sallyport', 'reset', ...rights]])
    await redisCommand(server.port, ...command)
  const { client, end } = await connect(server.url.replace('//', '//sallyport:secret@'))
  onTestFinished(end)
  await doAll(storeOver({ client, prefix: 'sallyport' }))
}

const kinds = clientKinds.filter(({ name }) => !name.startsWith('a pool'))

it.each(kinds)('the rights that the README names are all that a store over $name needs', async (kind) => {
  await expect(as(kind, words)).resolves.toBeUndefined()
})

/** Only looks for silence on a connection; and what is left behind on one that ends anyway. */
const UNSEEN = ['+ping', '+unsubscribe']

it.each(commands.filter((command) => !UNSEEN.includes(command)))('a store needs %s', async (command) => {
  await expect(
    as(
      kinds[0]!,
      words.filter((word) => word !== command),
    ),
  ).rejects.toThrow()
})

it.each(clusterKinds)('and some more over $name, which the README names as well', async ({ connect }) => {
  const cluster = await startRedisCluster()
  onTestFinished(() => cluster.stop())
  const rights = [...words, ...clusterWords]
  for (const { port } of cluster.nodes) await redisCommand(port, 'ACL', 'SETUSER', 'sallyport', 'reset', ...rights)
  const { client, end } = await connect(cluster.urls, { username: 'sallyport', password: 'secret' })
  onTestFinished(end)
  const store = storeOver({ client, prefix: 'sallyport' })
  for (let i = 0; i < 20; i++) await store.increment({ partition: `p${String(i)}`, id: 'n' }, 1, { ttl: LONG })
  await store.subscribe('log', () => undefined)
  expect(await store.append('log', bytes('r'), { ttl: LONG })).toBe(1)
  expect(await store.cleanup()).toBe(0)
})

it('a store needs no keys and channels but its own', async () => {
  expect(words.filter((word) => /^[~&%]/.test(word))).toEqual(['~sallyport:*', '&sallyport:*'])
  for (const wrong of ['~', '&']) {
    const elsewhere = words.map((word) => (word.startsWith(wrong) ? `${wrong}elsewhere:*` : word))
    await expect(as(kinds[0]!, elsewhere), wrong).rejects.toThrow()
  }
})
