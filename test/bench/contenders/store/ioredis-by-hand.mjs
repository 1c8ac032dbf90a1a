import { Redis } from 'ioredis'
import { redisByHand, scripts } from '../lib/redis-by-hand.mjs'
import { storeContender } from '../lib/store-contender.mjs'

export const prepare = storeContender(
  () => 'ioredis',
  ({ at }) => {
    const client = new Redis(at).on('error', () => {})
    for (const [name, lua] of Object.entries(scripts)) {
      const numberOfKeys = Math.max(...[1, 2, 3].filter((n) => lua.includes(`KEYS[${n}]`)))
      client.defineCommand(name, { lua, numberOfKeys })
    }
    return redisByHand({
      get: (key) => client.getBuffer(key),
      run: (name, keys, args) => client[`${name}Buffer`](...keys, ...args),
    })
  },
)
