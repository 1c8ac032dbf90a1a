import { optionError } from '@sallyport/core'
import { defineStore, type Store } from '@sallyport/core/store'
import { RedisDriver } from './driver.ts'
import { checkStoreOptions, type RedisStoreOptions } from './options.ts'
import { sourceOf } from './source.ts'

/**
 * State in Redis 7 or later, one server or a cluster, shared by all processes. It connects with the first call.
 *
 * ```ts
 * const client = await createClient({ url: process.env.REDIS_URL }).on('error', console.error).connect()
 * const env = createEnvironment({ store: createRedisStore({ client }) })
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function createRedisStore(options: RedisStoreOptions): Store {
  checkStoreOptions(options)
  const source = sourceOf(options.client)
  // Redis takes the first braces of a key for its hash tag, and empty ones for none: what belongs together would not be kept together.
  if (/^[^{]*\{\}/.test(source.keyPrefix)) {
    throw optionError('createRedisStore', 'client', undefined, {
      accepts: 'a client whose keyPrefix has no empty braces',
      secret: true,
    })
  }
  return defineStore(new RedisDriver(source, options))
}
