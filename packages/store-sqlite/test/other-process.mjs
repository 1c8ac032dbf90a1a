// Another process with a store at the same path; driven by messages of the test that forked it.
import { writeSync } from 'node:fs'
import { createSqliteStore } from '@sallyport/store-sqlite'

const HOUR = 3_600_000
const path = process.argv[2]
const store = createSqliteStore({ path })
const bytes = (text) => new TextEncoder().encode(text)
const many = (count, task) => Promise.all(Array.from({ length: count }, (_, i) => task(i)))

let holder

const deeds = {
  /** Tries to take one single-use entry many times at once; answers how often it could. */
  async take({ id, times }) {
    const taken = await many(times, () => store.commit('p', [{ delete: id, if: 'present' }]))
    return taken.filter(({ ok }) => ok).length
  },

  async put({ id, value }) {
    await store.commit('p', [{ put: id, value: bytes(value), ttl: HOUR }])
  },

  /** Appends so many records, some at a time; answers their indexes. */
  async append({ log, times, atOnce, name }) {
    const indexes = []
    for (let i = 0; i < times; i += atOnce) {
      indexes.push(...(await many(atOnce, (j) => store.append(log, bytes(`${name}-${i + j}`), { ttl: HOUR }))))
    }
    return indexes
  },

  async increment({ id, times }) {
    return many(times, () => store.increment({ partition: 'p', id }, 1, { ttl: HOUR }))
  },

  /** Writes without end, and says on stdout what was acknowledged, as soon as it was. */
  async stream() {
    const tell = (line) => void writeSync(1, `${line}\n`)
    const put = async (i) => {
      await store.commit('p', [{ put: `entry-${i}`, value: bytes(`value-${i}`), ttl: HOUR, owner: 'o' }])
      tell(`put ${i}`)
    }
    const append = async (i) => tell(`append ${await store.append('log', bytes(`record-${i}`), { ttl: HOUR })} ${i}`)
    const count = async () => tell(`count ${await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: HOUR })}`)
    for (let i = 0; ; i += 5) await many(5, (j) => Promise.all([put(i + j), append(i + j), count()]))
  },

  /** Takes the file's write lock with bare SQLite, and keeps it. */
  hold() {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
  },

  letGo() {
    holder.exec('ROLLBACK')
    holder.close()
  },

  async close() {
    await store.close()
  },
}

process.on('message', async ({ number, what, terms }) => {
  try {
    process.send({ number, result: await deeds[what](terms) })
  } catch (error) {
    process.send({ number, error: String(error) })
  }
})
process.on('disconnect', () => process.exit())

await store.generation()
process.send('ready')
