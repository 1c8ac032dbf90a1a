import fc from 'fast-check'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisForTests, type SharedServer } from '../../../test/servers/index.ts'
import { decodeId, encodeId, join, Names, type Argument } from '../src/names.ts'

const names = new Names('sallyport')
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('{', '}', '%', ':', 'e', 'o', '2', '5', '7', 'b', 'd', '\0', '\n') }),
)
const bytesOf = (key: Argument): string => Buffer.from(key as string).toString('latin1')

/** What Redis Cluster takes for the hash tag of a key, as its specification has it. */
function hashTag(key: string): string {
  const open = key.indexOf('{')
  const close = open === -1 ? -1 : key.indexOf('}', open + 1)
  return close === -1 || close === open + 1 ? key : key.slice(open + 1, close)
}

describe('keys', () => {
  it('are short and can be read where names are plain', () => {
    expect(join(names.entries('sessions'), 'abc')).toBe('sallyport:{sessions}:e:abc')
    expect(names.owners('sessions') + 'ada').toBe('sallyport:{sessions}:o:ada')
    expect(names.counter('logins', 'ada')).toBe('sallyport:{logins}:n:ada')
    expect(names.log('sallyport.revocations')[0]).toBe('sallyport:{sallyport.revocations}:l')
    expect(names.generation).toBe('sallyport:g')
  })

  it('are never the same for two names, of whatever kind', () => {
    fc.assert(
      fc.property(text, text, text, text, (partition, id, otherPartition, otherId) => {
        const all = (p: string, i: string): string[] => [
          bytesOf(join(names.entries(p), i)),
          bytesOf(names.owners(p) + i),
          bytesOf(names.counter(p, i)),
        ]
        const same = partition === otherPartition && id === otherId
        const found = new Set([...all(partition, id), ...all(otherPartition, otherId), names.generation])
        expect(found.size).toBe(same ? 4 : 7)
        const logs = new Set([...names.log(partition), ...names.log(otherPartition), ...found])
        expect(logs.size).toBe(found.size + (partition === otherPartition ? 3 : 6))
      }),
    )
  })

  it('of one partition have one hash tag, which no name can break out of', () => {
    fc.assert(
      fc.property(text, text, (partition, id) => {
        const tags = [
          ...[join(names.entries(partition), id), names.owners(partition) + id, names.counter(partition, id)],
          ...[names.entries(partition), names.owners(partition), ...names.log(partition)],
        ].map((key) => hashTag(bytesOf(key)))
        expect(new Set(tags).size).toBe(1)
        expect(tags[0]).not.toBe('')
        expect(bytesOf(names.entries(partition))).toContain(`{${tags[0]!}}`)
      }),
    )
  })

  it('of two partitions have two hash tags', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        fc.pre(one !== other)
        expect(hashTag(names.entries(one))).not.toBe(hashTag(names.entries(other)))
      }),
    )
  })
})

describe('ids as bytes', () => {
  it('are read as they were written', () => {
    fc.assert(fc.property(text, (id) => void expect(decodeId(encodeId(id))).toBe(id)))
  })

  it('sort as their UTF-16 code units do', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const order = one < other ? -1 : one > other ? 1 : 0
        expect(Buffer.compare(encodeId(one), encodeId(other))).toBe(order)
      }),
    )
  })
})

describe('what cleanup looks through', () => {
  let server: SharedServer
  beforeAll(async () => void (server = await redisForTests()))
  afterAll(() => server.stop())

  it.each(['sallyport', 'odd[a-z]*?^\\', 'é{app}:'])(
    'is found under the prefix %j, and nothing else is',
    async (prefix) => {
      const own = new Names(`${prefix}${String(process.pid)}`)
      const other = new Names(`${prefix}${String(process.pid)}x`)
      const client = await createClient({ url: server.url }).connect()
      const hostile = ['p', '', '{}', '}:o:', '}:e:x', '\0', 'é', '🔑']
      const expected = hostile.flatMap((name) => [own.owners(name) + 'me', own.log(name)[1]])
      const decoys = hostile.flatMap((name) => [
        ...[own.entries('p') + name, own.entries(name) + '}:o:x', own.log(name)[0], own.log(name)[2]],
        ...[other.owners(name) + 'me', String(own.counter(name, '}:r'))],
      ])
      for (const key of [...expected, ...decoys])
        await client.set(key, 'v', { expiration: { type: 'PX', value: 60_000 } })
      const found: string[] = []
      let cursor = '0'
      do {
        const [next, keys] = await client
          .withTypeMapping({ 36: Buffer })
          .sendCommand<[Buffer, Buffer[]]>(['SCAN', cursor, 'MATCH', own.pattern, 'COUNT', '1000'])
        found.push(...keys.filter((key) => own.homeOf(key) !== undefined).map(String))
        cursor = String(next)
      } while (cursor !== '0')
      expect(found.sort()).toEqual([...new Set(expected)].sort())
      client.destroy()
    },
  )
})
