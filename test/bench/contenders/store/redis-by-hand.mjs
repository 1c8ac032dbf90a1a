import { createClient, defineScript, RESP_TYPES } from 'redis'
import { redisByHand, scripts } from '../lib/redis-by-hand.mjs'
import { storeContender } from '../lib/store-contender.mjs'

const defined = Object.fromEntries(
  Object.entries(scripts).map(([name, SCRIPT]) => [
    name,
    defineScript({
      SCRIPT,
      NUMBER_OF_KEYS: Math.max(...[1, 2, 3].filter((n) => SCRIPT.includes(`KEYS[${n}]`))),
      parseCommand(parser, keys, args) {
        for (const key of keys) parser.pushKey(key)
        parser.push(...args)
      },
      transformReply: (reply) => reply,
    }),
  ]),
)

export const prepare = storeContender(
  () => 'redis',
  async ({ at }) => {
    const client = createClient({ url: at, scripts: defined, RESP: 2 }).on('error', () => {})
    await client.connect()
    const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
    return redisByHand({ get: (key) => binary.get(key), run: (name, keys, args) => binary[name](keys, args) })
  },
)
