import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, Condition, Version } from '../src/store/contract.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

/** The contract once more, as plainly as can be: lists that are searched, nothing is ever removed early. */
class Model {
  now = 0
  entries: { p: string; id: string; value: string; version: Version; ends: number; owner: string | undefined }[] = []
  counters: { p: string; id: string; count: number; ends: number }[] = []
  log: { index: number; value: string; ends: number }[] = []

  live(p: string, id: string) {
    return this.entries.find((e) => e.p === p && e.id === id && e.ends > this.now)
  }

  holds(p: string, id: string, condition: Condition | undefined): boolean {
    const entry = this.live(p, id)
    if (condition === undefined) return true
    if (condition === 'absent') return entry === undefined
    return entry !== undefined && (condition === 'present' || entry.version === condition.version)
  }

  failing(p: string, changes: readonly Change[]): number {
    return changes.findIndex((c) => !this.holds(p, 'put' in c ? c.put : c.delete, c.if))
  }

  apply(p: string, changes: readonly Change[], versions: readonly (Version | undefined)[]): void {
    for (const [i, change] of changes.entries()) {
      const id = 'put' in change ? change.put : change.delete
      const old = this.live(p, id)
      this.entries = this.entries.filter((e) => e.p !== p || e.id !== id)
      if (!('put' in change)) continue
      const value = Buffer.from(change.value).toString('hex')
      const owner = change.owner ?? old?.owner
      this.entries.push({ p, id, value, version: versions[i]!, ends: this.now + change.ttl, owner })
    }
  }

  listOwned(p: string, owner: string, after: string | undefined, limit: number) {
    return this.entries
      .filter((e) => e.p === p && e.owner === owner && e.ends > this.now && (after === undefined || e.id > after))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(({ id, value, version }) => ({ id, value, version }))
  }

  increment(p: string, id: string, by: number, ttl: number): number {
    const counter = this.counters.find((c) => c.p === p && c.id === id && c.ends > this.now)
    if (counter) return (counter.count += by)
    this.counters = this.counters.filter((c) => c.p !== p || c.id !== id)
    this.counters.push({ p, id, count: by, ends: this.now + ttl })
    return by
  }

  readSince(after: number, limit: number) {
    const found = this.log.filter(({ index, ends }) => index > after && ends > this.now)
    const records = found.slice(0, limit).map(({ index, value }) => ({ index, value }))
    return { records, last: this.log.length, more: found.length > limit }
  }
}

// Few names and short lives, so that steps meet one another.
const partition = fc.constantFrom('p', 'q')
const id = fc.constantFrom('a', 'b', 'c', 'd', '', '\u{1f511}', '\uffff')
const owner = fc.constantFrom('o', 'n')
const ttl = fc.constantFrom(1, 5, 20, 1000)
const value = fc.uint8Array({ maxLength: 3 })
// A version is meant by how long ago it was given; the run puts the real one in its place.
const condition = fc.constantFrom('absent', 'present', 'latest', 'older', undefined)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      p: partition,
      changes: fc.uniqueArray(
        fc.record({ id, put: fc.boolean(), value, ttl, owner: fc.option(owner, { nil: undefined }), if: condition }),
        { selector: (c) => c.id, maxLength: 3 },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('increment' as const),
      p: partition,
      id,
      by: fc.integer({ min: -5, max: 5 }),
      ttl,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append' as const), value, ttl }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      after: fc.nat(20),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      p: partition,
      owner,
      after: fc.option(id, { nil: undefined }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), p: partition, id }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 4, 5, 19, 1000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cleanup' as const) }) },
)

describe('the memory store and a naive model', () => {
  it('answer alike to whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const clock = createTestClock(0)
        const store = createMemoryStore({ clock })
        const model = new Model()
        const given: Version[] = []
        for (const s of steps) {
          switch (s.do) {
            case 'commit': {
              const changes = s.changes.map((c): Change => {
                const entry = model.live(s.p, c.id)
                const when: Condition | undefined =
                  c.if === 'latest'
                    ? { version: entry?.version ?? 'none' }
                    : c.if === 'older'
                      ? { version: given.at(-2) ?? 'none' }
                      : c.if
                if (c.put) {
                  return {
                    put: c.id,
                    value: c.value,
                    ttl: c.ttl,
                    ...(when && { if: when }),
                    ...(c.owner !== undefined && { owner: c.owner }),
                  }
                }
                return { delete: c.id, ...(when && when !== 'absent' && { if: when }) }
              })
              const committed = await store.commit(s.p, changes)
              const failed = model.failing(s.p, changes)
              if (!committed.ok) {
                expect(committed.failed).toBe(failed)
                break
              }
              expect(failed).toBe(-1)
              const fresh = committed.versions.filter((v) => v !== undefined)
              for (const version of fresh) expect(given).not.toContain(version)
              given.push(...fresh)
              model.apply(s.p, changes, committed.versions)
              break
            }
            case 'increment':
              expect(await store.increment({ partition: s.p, id: s.id }, s.by, s)).toBe(
                model.increment(s.p, s.id, s.by, s.ttl),
              )
              break
            case 'append':
              model.log.push({ index: model.log.length + 1, value: hex(s.value), ends: model.now + s.ttl })
              expect(await store.append('log', s.value, s)).toBe(model.log.length)
              break
            case 'read': {
              const { records, last, more } = await store.readSince('log', s.after, s)
              const seen = { records: records.map((r) => ({ index: r.index, value: hex(r.value) })), last, more }
              expect(seen).toEqual(model.readSince(s.after, s.limit))
              break
            }
            case 'list': {
              const listed = await store.listOwned(s.p, s.owner, {
                limit: s.limit,
                ...(s.after !== undefined && { after: s.after }),
              })
              expect(listed.map((e) => ({ ...e, value: hex(e.value) }))).toEqual(
                model.listOwned(s.p, s.owner, s.after, s.limit),
              )
              break
            }
            case 'get': {
              const found = await store.get({ partition: s.p, id: s.id })
              const wanted = model.live(s.p, s.id)
              expect(found && { value: hex(found.value), version: found.version }).toEqual(
                wanted && { value: wanted.value, version: wanted.version },
              )
              break
            }
            case 'wait':
              model.now += s.ms
              clock.set(model.now)
              break
            case 'cleanup':
              await store.cleanup()
          }
        }
      }),
      { numRuns: 600 },
    )
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
