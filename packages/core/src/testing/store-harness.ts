import assert from 'node:assert/strict'
import type { Change, Put, Store, Version } from '../store/contract.ts'

/** One fresh, empty store to be tested. */
export interface StoreFixture {
  readonly store: Store
  /** Another connection to the same state; the same object for a store that lives in this process. */
  connect(): Promise<Store>
  /** Closes all connections, also those that a case has closed, and removes the state. */
  dispose(): Promise<void>
}

/** How a store is tested. */
export interface StoreHarness {
  create(): Promise<StoreFixture>
  /** Lets time pass for the store: drives its clock, or sleeps. */
  advance(milliseconds: number): Promise<void>
}

/** One case of the suite: for any test runner that takes a name and a function. */
export interface ConformanceCase {
  readonly name: string
  run(): Promise<void>
}

/** What the body of a case works with. */
export interface Scene {
  readonly store: Store
  connect(): Promise<Store>
  /** Lets the life of what was written with `SHORT` pass, and a little more. */
  expire(): Promise<void>
  advance(milliseconds: number): Promise<void>
}

/** A case before it is bound to a store. */
export interface Case {
  readonly name: string
  readonly body: (scene: Scene) => Promise<void>
}

/** Life of what a case lets expire, in milliseconds. Real servers really wait for it. */
export const SHORT = 1000

/** Life of what must outlast its case, in milliseconds. */
export const LONG = 3_600_000

/** Binds a case to a store. */
export function bind({ create, advance }: StoreHarness, { name, body }: Case): ConformanceCase {
  return {
    name,
    async run() {
      const fixture = await create()
      try {
        const { store } = fixture
        await body({ store, connect: () => fixture.connect(), expire: () => advance(SHORT + 100), advance })
      } finally {
        await fixture.dispose()
      }
    },
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

/** Writes that must succeed; answers their versions. */
export async function write(
  store: Store,
  partition: string,
  ...changes: readonly Change[]
): Promise<(Version | undefined)[]> {
  const committed = await store.commit(partition, changes)
  assert.ok(committed.ok, 'a commit whose conditions hold succeeds')
  return [...committed.versions]
}

/** A put of a text that outlasts its case, if nothing else is said. */
export function put(id: string, value: string, more: Partial<Put> = {}): Put {
  return { put: id, value: bytes(value), ttl: LONG, ...more }
}

/** The text under a key. */
export async function read(store: Store, partition: string, id: string): Promise<string | undefined> {
  return text((await store.get({ partition, id }))?.value)
}

/** The version under a key, which must be there. */
export async function versionOf(store: Store, partition: string, id: string): Promise<Version> {
  const entry = await store.get({ partition, id })
  assert.ok(entry, 'the entry is there')
  return entry.version
}

export async function idsOf(store: Store, partition: string, owner: string): Promise<string[]> {
  return (await store.listOwned(partition, owner, { limit: 1000 })).map(({ id }) => id)
}

/** As many connections as a race is run on. */
export async function connections({ store, connect }: Scene): Promise<Store[]> {
  return [store, await connect(), await connect(), await connect()]
}

/** Runs `task` so many times at once, spread over the connections. */
export function atOnce<T>(
  stores: readonly Store[],
  times: number,
  task: (store: Store, i: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, i) => task(stores[i % stores.length]!, i)))
}
