import { inspect } from 'node:util'
import { captureEvents } from '@sallyport/core/testing'
import { createEnvironment } from '@sallyport/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { HOUR, openStore, put, read, tempPath } from './support.ts'

const SECRET = 'secret-session-id-4711'

describe('attacks on the store', () => {
  it('SQL in every part of a key stays text', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const evil = `x'; DROP TABLE entries; --`
    await store.commit(evil, [{ put: evil, value: new Uint8Array(1), ttl: HOUR, owner: evil }])
    await store.increment({ partition: evil, id: evil }, 1, { ttl: HOUR })
    await store.append(evil, new Uint8Array(1), { ttl: HOUR })
    expect((await store.listOwned(evil, evil)).map(({ id }) => id)).toEqual([evil])
    expect((await store.readSince(evil, 0)).last).toBe(1)
    expect(await store.get({ partition: evil, id: `${evil}%` })).toBeUndefined()
  })

  it('a version that was guessed or made up opens nothing', async () => {
    const store = openStore(await tempPath())
    await store.commit('p', [put('k', 'v')])
    const { version } = (await store.get({ partition: 'p', id: 'k' }))!
    const [stamp = '', count = ''] = version.split('.')
    const guesses = [`${stamp}.${Number.parseInt(count, 36) + 1}`, stamp, count, '%', `${version}\0`, "' OR 1=1 --"]
    for (const guess of guesses) {
      expect(await store.commit('p', [put('k', 'forged', { if: { version: guess } })])).toEqual({
        ok: false,
        failed: 0,
      })
    }
    expect(await read(store, 'k')).toBe('v')
  })

  it('no id, value or path reaches an error or an event', async () => {
    const path = await tempPath()
    await writeFile(path, 'no database '.repeat(1000))
    const env = createEnvironment({ store: openStore(path) })
    onTestFinished(() => env.close())
    const events = captureEvents(env)
    onTestFinished(events.stop)
    const calls = [
      env.store.get({ partition: SECRET, id: SECRET }),
      env.store.commit(SECRET, [put(SECRET, SECRET, { owner: SECRET })]),
      env.store.append(SECRET, new TextEncoder().encode(SECRET), { ttl: HOUR }),
      env.store.listOwned(SECRET, SECRET),
    ]
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome.status).toBe('rejected')
      const shown = inspect(outcome, { depth: 9, showHidden: true })
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(path)
      // SQLite's own words.
      expect(shown).not.toContain('file is not a database')
    }
    expect(events.of('health.changed').length).toBeGreaterThan(0)
    expect(inspect(events.all, { depth: 5 })).not.toContain(SECRET)
  })
})
