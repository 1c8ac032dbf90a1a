import { createMemoryStore, type Change, type Condition, type Store, type Version } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStore, tempPath } from './support.ts'

/** A store, and the versions that it gave last. */
interface Side {
  readonly store: Store
  readonly seen: Map<string, Version>
}

/** Does one thing on a store and answers what can be compared: versions are each store's own. */
type Command = (side: Side) => Promise<unknown>

const ids = ['', 'a', 'b', 'a\0', '\u{1f511}', '\uffff']
const owners = ['o', 'o\0', '\ue000']
const id = fc.constantFrom(...ids)
const ttl = fc.constantFrom(1, 10, 1000)
const value = fc.uint8Array({ maxLength: 3 })
const page = fc.integer({ min: 1, max: 4 })

const change = fc.record({
  id,
  put: fc.option(fc.record({ value, ttl }), { freq: 3 }),
  owner: fc.option(fc.constantFrom(...owners)),
  when: fc.constantFrom('always', 'absent', 'present', 'seen'),
})

function changeOf(
  { id, put, owner, when }: typeof change extends fc.Arbitrary<infer T> ? T : never,
  seen: Side['seen'],
): Change {
  const condition: Condition = when === 'seen' ? { version: seen.get(id) ?? 'never' } : (when as 'present')
  const always = when === 'always' || (put === null && when === 'absent')
  const given = always ? {} : { if: condition as 'present' }
  if (put === null) return { delete: id, ...given }
  return { put: id, ...put, ...given, ...(owner !== null && { owner }) }
}

const commit = fc.uniqueArray(change, { maxLength: 3, selector: (one) => one.id }).map((changes): Command => {
  return async ({ store, seen }) => {
    const committed = await store.commit(
      'p',
      changes.map((one) => changeOf(one, seen)),
    )
    if (!committed.ok) return committed
    for (const [i, version] of committed.versions.entries())
      if (version !== undefined) seen.set(changes[i]!.id, version)
    return committed.versions.map((version) => typeof version)
  }
})

const list = fc.record({ owner: fc.constantFrom(...owners), after: fc.option(id, { nil: undefined }), limit: page })
const listing = list.map(({ owner, after, limit }): Command => {
  return async ({ store, seen }) => {
    const listed = await store.listOwned('p', owner, { limit, ...(after !== undefined && { after }) })
    return listed.map(({ id, value, version }) => [id, [...value], version === seen.get(id)])
  }
})

const increment = fc
  .record({ id, by: fc.constantFrom(0, 1, -3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER), ttl })
  .map(({ id, by, ttl }): Command => {
    return ({ store }) =>
      store.increment({ partition: 'p', id }, by, { ttl }).catch(({ code }: { readonly code: string }) => code)
  })

const append = fc.record({ value, ttl }).map(
  ({ value, ttl }): Command =>
    ({ store }) =>
      store.append('log', value, { ttl }),
)

const reading = fc.record({ after: fc.integer({ min: 0, max: 6 }), limit: page }).map(({ after, limit }): Command => {
  return async ({ store }) => {
    const { records, last, more } = await store.readSince('log', after, { limit })
    return { records: records.map(({ index, value }) => [index, [...value]]), last, more }
  }
})

const cleanup = fc.constant<Command>(async ({ store }) => void (await store.cleanup()))

const step = fc.record({
  command: fc.oneof({ weight: 5, arbitrary: commit }, listing, increment, append, reading, cleanup),
  /** Milliseconds that pass afterwards. */
  pause: fc.constantFrom(0, 0, 1, 9, 990),
})

async function stateOf({ store }: Side): Promise<unknown> {
  const entries = await Promise.all(ids.map((id) => store.get({ partition: 'p', id })))
  const listed = await Promise.all(owners.map((owner) => store.listOwned('p', owner)))
  return [entries.map((entry) => entry && [...entry.value]), listed.map((one) => one.map(({ id }) => id))]
}

describe('whatever is done to it', () => {
  it('the SQLite store answers as the memory store does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = createTestClock()
        const memory: Side = { store: createMemoryStore({ clock }), seen: new Map() }
        const sqlite: Side = { store: openStore(await tempPath(), { clock }), seen: new Map() }
        for (const { command, pause } of steps) {
          expect(await command(sqlite)).toEqual(await command(memory))
          await clock.advance(pause)
          expect(await stateOf(sqlite)).toEqual(await stateOf(memory))
        }
        await sqlite.store.close()
      }),
      { numRuns: 40 },
    )
  })
})
