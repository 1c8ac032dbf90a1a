import { randomBytes } from 'node:crypto'
import { BEHIND, LIFE, record, value } from './store-contender.mjs'

// What somebody writes who knows Redis and wants what the contract of a store promises: an entry is a string that begins with its version, an
// owner has a sorted set by expiry, a log has numbers without a gap, and a generation tells whether the server has lost everything.
export const scripts = {
  create: `if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
    redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    return 1`,
  renew: `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'XX') and 1 or 0`,
  swap: `if redis.call('GETRANGE', KEYS[1], 0, 11) ~= ARGV[3] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1`,
  take: `redis.call('ZREM', KEYS[2], ARGV[1])
    return redis.call('DEL', KEYS[1])`,
  increment: `local n = redis.call('INCRBY', KEYS[1], 1)
    if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return n`,
  list: `local ids = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'LIMIT', 0, 100)
    if #ids == 0 then return {{}, {}} end
    local keys = {}
    for i, id in ipairs(ids) do keys[i] = ARGV[2] .. id end
    return {ids, redis.call('MGET', unpack(keys))}`,
  append: `local n = redis.call('INCR', KEYS[2])
    redis.call('ZADD', KEYS[1], n, ARGV[1] .. ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
    redis.call('PUBLISH', KEYS[1], '')
    return n`,
  read: `return {
    redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2]),
    redis.call('GET', KEYS[2]),
    redis.call('GET', KEYS[3])}`,
}

const VERSION = 12

/**
 * The work by a client's `get(key)` and `run(script, keys, arguments)`, both of which answer with bytes.
 */
export function redisByHand({ get, run }) {
  const key = (id) => `bench:{b}:e:${id}`
  const ownerOf = (owner) => `bench:{b}:o:${owner}`
  const owners = new Map()
  const ttl = String(LIFE)
  const entryOf = (bytes) => ({ version: bytes.toString('base64url', 0, VERSION), value: bytes.subarray(VERSION) })
  const marked = () => {
    const version = randomBytes(VERSION)
    return [version.toString('base64url'), Buffer.concat([version, value])]
  }
  return {
    async get(id) {
      const bytes = await get(key(id))
      return bytes ? entryOf(bytes).value : undefined
    },
    async create(id, owner) {
      const [version, bytes] = marked()
      const score = String(Date.now() + LIFE)
      if ((await run('create', [key(id), ownerOf(owner)], [bytes, ttl, score, id])) !== 1) return undefined
      owners.set(id, owner)
      return version
    },
    renew: async (id) => (await run('renew', [key(id)], [marked()[1], ttl])) === 1,
    swap: async (id, version) =>
      (await run('swap', [key(id)], [marked()[1], ttl, Buffer.from(version, 'base64url')])) === 1,
    take: async (id) => (await run('take', [key(id), ownerOf(owners.get(id))], [id])) === 1,
    increment: (id) => run('increment', [`bench:{b}:n:${id}`], [ttl]),
    async list(owner) {
      const [ids, values] = await run('list', [ownerOf(owner)], [String(Date.now()), key('')])
      return ids.map((id, i) => ({ id: id.toString(), ...entryOf(values[i]) })).sort((a, b) => (a.id < b.id ? -1 : 1))
        .length
    },
    append: (log) => run('append', [`bench:{l:${log}}:r`, `bench:{l:${log}}:n`], [randomBytes(VERSION), record, ttl]),
    async read(log) {
      const keys = ['r', 'n', 'g'].map((part) => `bench:{l:${log}}:${part}`)
      const [found] = await run('read', keys, ['(0', String(BEHIND)])
      const records = []
      for (let i = 0; i < found.length; i += 2) {
        records.push({ index: Number(found[i + 1]), value: found[i].subarray(VERSION) })
      }
      return records.length
    },
  }
}
