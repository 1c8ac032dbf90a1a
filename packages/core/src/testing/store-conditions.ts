import assert from 'node:assert/strict'
import type { Change } from '../store/contract.ts'
import { SHORT, put, read, versionOf, write, type Case } from './store-harness.ts'

/** Compare-and-set, and changes that happen together or not at all. */
export const conditionCases: readonly Case[] = [
  {
    name: 'creates with `absent` only what is not there',
    async body({ store }) {
      await write(store, 'p', put('k', 'first', { if: 'absent' }))
      assert.deepEqual(await store.commit('p', [put('k', 'second', { if: 'absent' })]), { ok: false, failed: 0 })
      assert.equal(await read(store, 'p', 'k'), 'first')
    },
  },
  {
    name: 'changes with `present` only what is there',
    async body({ store }) {
      assert.deepEqual(await store.commit('p', [put('k', 'v', { if: 'present' })]), { ok: false, failed: 0 })
      assert.deepEqual(await store.commit('p', [{ delete: 'k', if: 'present' }]), { ok: false, failed: 0 })
      assert.equal(await read(store, 'p', 'k'), undefined)
      await write(store, 'p', put('k', 'v'))
      await write(store, 'p', put('k', 'changed', { if: 'present' }))
      assert.equal(await read(store, 'p', 'k'), 'changed')
      await write(store, 'p', { delete: 'k', if: 'present' })
      assert.equal(await read(store, 'p', 'k'), undefined)
    },
  },
  {
    name: 'changes with a version only what is in that state',
    async body({ store, connect }) {
      const [first] = await write(store, 'p', put('k', 'first'))
      assert.equal(await versionOf(await connect(), 'p', 'k'), first)
      const [second] = await write(store, 'p', put('k', 'second', { if: { version: first! } }))
      assert.notEqual(second, first)
      assert.deepEqual(await store.commit('p', [put('k', 'late', { if: { version: first! } })]), {
        ok: false,
        failed: 0,
      })
      assert.deepEqual(await store.commit('p', [{ delete: 'k', if: { version: first! } }]), { ok: false, failed: 0 })
      assert.equal(await read(store, 'p', 'k'), 'second')
      await write(store, 'p', { delete: 'k', if: { version: second! } })
      assert.equal(await read(store, 'p', 'k'), undefined)
    },
  },
  {
    name: 'matches no version that it never gave',
    async body({ store }) {
      await write(store, 'p', put('k', 'v'))
      const version = await versionOf(store, 'p', 'k')
      for (const wrong of ['', '0', '1', '-1', 'null', 'é\0{}', `${version} `, `0${version}`, '9'.repeat(40)]) {
        assert.deepEqual(
          await store.commit('p', [put('k', 'forged', { if: { version: wrong } })]),
          { ok: false, failed: 0 },
          `version ${JSON.stringify(wrong)}`,
        )
      }
    },
  },
  {
    name: 'never repeats a version: a state that came back is another one (ABA)',
    async body({ store, expire }) {
      const seen = new Set<string | undefined>()
      for (let i = 0; i < 20; i++) {
        seen.add((await write(store, 'p', put('k', 'same')))[0])
        seen.add((await write(store, 'p', put('k', 'same', { if: 'present' })))[0])
        await write(store, 'p', { delete: 'k' })
      }
      const [before] = await write(store, 'p', put('k', 'same', { ttl: SHORT }))
      await expire()
      const [after] = await write(store, 'p', put('k', 'same'))
      seen.add(before).add(after)
      assert.equal(seen.size, 42)
      assert.deepEqual(await store.commit('p', [put('k', 'late', { if: { version: before! } })]), {
        ok: false,
        failed: 0,
      })
    },
  },
  {
    name: 'never brings a deleted entry back by an update that began before',
    async body({ store, connect }) {
      const other = await connect()
      await write(store, 'p', put('k', 'v', { owner: 'o' }))
      const version = await versionOf(other, 'p', 'k')
      await write(store, 'p', { delete: 'k' })
      for (const condition of ['present', { version }] as const) {
        assert.deepEqual(await other.commit('p', [put('k', 'undead', { if: condition })]), { ok: false, failed: 0 })
      }
      assert.equal(await read(store, 'p', 'k'), undefined)
      assert.deepEqual(await store.listOwned('p', 'o'), [])
    },
  },
  {
    name: 'applies nothing of a commit when any step fails, and names the first that did',
    async body({ store }) {
      await write(store, 'p', put('there', 'old', { owner: 'o' }), put('goes', 'old', { owner: 'o' }))
      const good: Change[] = [
        put('there', 'new', { owner: 'elsewhere' }),
        { delete: 'goes' },
        put('made', 'new', { if: 'absent', owner: 'o' }),
      ]
      const bad = put('there too', 'x', { if: 'present' })
      for (let at = 0; at <= good.length; at++) {
        const changes = [...good.slice(0, at), bad, ...good.slice(at), put('there three', 'x', { if: 'present' })]
        assert.deepEqual(await store.commit('p', changes), { ok: false, failed: at })
      }
      assert.equal(await read(store, 'p', 'there'), 'old')
      assert.equal(await read(store, 'p', 'goes'), 'old')
      assert.equal(await read(store, 'p', 'made'), undefined)
      assert.deepEqual(
        (await store.listOwned('p', 'o')).map(({ id }) => id),
        ['goes', 'there'],
      )
      assert.deepEqual(await store.listOwned('p', 'elsewhere'), [])
    },
  },
  {
    name: 'answers the new versions by step, ready to be used as conditions',
    async body({ store }) {
      const versions = await write(store, 'p', put('a', '1'), { delete: 'b' }, put('c', '1'))
      assert.equal(versions.length, 3)
      assert.equal(versions[1], undefined)
      await write(
        store,
        'p',
        put('a', '2', { if: { version: versions[0]! } }),
        put('c', '2', { if: { version: versions[2]! } }),
      )
      assert.deepEqual([await read(store, 'p', 'a'), await read(store, 'p', 'c')], ['2', '2'])
    },
  },
  {
    name: 'takes a commit of no changes for done',
    async body({ store }) {
      assert.deepEqual(await store.commit('p', []), { ok: true, versions: [] })
    },
  },
]
