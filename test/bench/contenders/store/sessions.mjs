import { createHash, randomBytes } from 'node:crypto'
import { openEnvironment } from '../lib/stores.mjs'

const DAY = 86_400_000
const EACH = 3
const value = randomBytes(200)

/** Sessions of many users: the id is a hash, the value 200 bytes, three to a user, all of one user in one partition. */
export async function prepare(material) {
  const { store } = await openEnvironment(material)
  const user = (n) => `u${n}`
  const id = (n) => createHash('sha256').update(String(n)).digest('base64url').slice(0, 22)
  return {
    operations: {},
    calls: {
      /** Sessions number `from` to `to`. */
      async fill(from, to) {
        const AT_ONCE = 256
        for (let done = from; done < to; done += AT_ONCE) {
          const wave = []
          for (let n = done; n < Math.min(to, done + AT_ONCE); n++) {
            const owner = user(Math.floor(n / EACH))
            wave.push(store.commit(owner, [{ put: id(n), value, ttl: DAY, owner, if: 'absent' }]))
          }
          for (const { ok } of await Promise.all(wave)) if (!ok) throw new Error('a session was there before')
        }
      },
      /** Milliseconds of each of so many lists, each of a user drawn at random, one after the other; the shortest first. */
      async list(count, users) {
        const times = []
        for (let i = 0; i < count; i++) {
          const owner = user(Math.floor(Math.random() * users))
          const start = performance.now()
          const found = await store.listOwned(owner, owner)
          times.push(performance.now() - start)
          if (found.length !== EACH) throw new Error(`${found.length} sessions where ${EACH} are right`)
        }
        return times.sort((a, b) => a - b)
      },
    },
  }
}
