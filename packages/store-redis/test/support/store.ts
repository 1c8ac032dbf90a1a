import { randomUUID } from 'node:crypto'
import type { Change, Put, Store } from '@sallyport/core'
import { createRedisStore, type RedisStoreOptions } from '@sallyport/store-redis'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'

/** An hour, in milliseconds. */
export const LONG = 3_600_000

/** A client of `redis` 6 with its defaults; ends with the test. */
export type Client = Awaited<ReturnType<typeof clientOf>>

export async function clientOf(url: string, options: Parameters<typeof createClient>[0] = {}) {
  const client = createClient({ url, ...options })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

/** A name that no other test uses. */
export function ownPrefix(): string {
  return `test-${randomUUID().slice(0, 8)}`
}

/** A store of its own over a new client; both end with the test. */
export async function storeOn(url: string, options: Partial<RedisStoreOptions> = {}): Promise<Store> {
  return storeOver({ client: await clientOf(url), ...options })
}

export function storeOver(options: RedisStoreOptions): Store {
  const store = createRedisStore({ prefix: ownPrefix(), ...options })
  onTestFinished(() => store.close())
  return store
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

export function put(id: string, value = 'v', more: Partial<Put> = {}): Put {
  return { put: id, value: bytes(value), ttl: LONG, ...more }
}

export async function write(store: Store, ...changes: readonly Change[]): Promise<void> {
  const { ok } = await store.commit('p', changes)
  if (!ok) throw new Error('a commit of the test failed')
}

export async function read(store: Store, id: string): Promise<string | undefined> {
  return text((await store.get({ partition: 'p', id }))?.value)
}
