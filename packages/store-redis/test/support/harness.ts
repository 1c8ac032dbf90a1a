import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import type { StoreHarness } from '@sallyport/core/testing'
import { createRedisStore, type RedisStoreOptions } from '@sallyport/store-redis'
import type { AppClient } from './clients.ts'

let made = 0

/** How the conformance suite makes stores of one kind of client. */
export function harnessOf(
  connect: () => Promise<AppClient>,
  options: Omit<RedisStoreOptions, 'client'> & { readonly prefix: string },
): StoreHarness {
  return {
    async create() {
      const prefix = `${options.prefix}:${String(made++)}`
      const ends: (() => Promise<unknown>)[] = []
      const open = async (): Promise<Store> => {
        const { client, end } = await connect()
        const store = createRedisStore({ ...options, client, prefix })
        ends.push(async () => {
          await store.close()
          await end()
        })
        return store
      }
      return {
        store: await open(),
        connect: open,
        dispose: async () => void (await Promise.all(ends.map((end) => end()))),
      }
    },
    advance: (milliseconds) => sleep(milliseconds),
  }
}
