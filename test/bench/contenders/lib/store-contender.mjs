import { unavailable } from './stores.mjs'

/** Calls that are under way at once, as in an app with some requests at a time. */
const AT_ONCE = 16

// Contenders share a server.
const me = process.pid
const READ = `read-${me}`
const OWNER = `owner-${me}`
const LOG = `log-${me}`

export const LIFE = 86_400_000
export const OWNED = 10
export const BEHIND = 10

/** What is stored: the size of a session. */
export const value = Buffer.alloc(200, 'x')
export const record = Buffer.alloc(100, 'x')

/**
 * Makes a contender of one way to work with a store of a kind. `work` has one function for each operation; all take and give the same,
 * and each is proved to do what it says before it is timed.
 */
export function storeContender(kindOf, open) {
  return async function prepare(material) {
    const lacking = unavailable(kindOf(material))
    if (lacking) return lacking
    const work = await open(material)
    let named = 0
    let ids = []
    let marks = []
    const fresh = (count) => Array.from({ length: count }, () => `id-${me}-${named++}`)

    await work.create(READ, 'reader')
    for (const id of fresh(OWNED)) await work.create(id, OWNER)
    for (let i = 0; i < BEHIND; i++) await work.append(LOG)

    const each = (one) => ({ run: (count) => inWaves(count, one) })
    const onEntries = (one) => ({
      async before(count) {
        ids = fresh(count)
        marks = []
        await inWaves(count, async (i) => void (marks[i] = await work.create(ids[i], `user-${me}-${i % 100}`)))
      },
      run: (count) => inWaves(count, one),
    })

    return {
      operations: {
        get: each(() => work.get(READ)),
        create: {
          before: (count) => void (ids = fresh(count)),
          run: (count) => inWaves(count, (i) => work.create(ids[i], `user-${me}-${i % 100}`)),
        },
        renew: onEntries((i) => work.renew(ids[i])),
        swap: onEntries((i) => work.swap(ids[i], marks[i])),
        take: onEntries((i) => work.take(ids[i])),
        increment: each((i) => work.increment(`counter-${me}-${i % 100}`)),
        list: each(() => work.list(OWNER)),
        append: each(() => work.append(`other-${LOG}`)),
        read: each(() => work.read(LOG)),
      },
      calls: { wrong: () => wrong(work, fresh) },
    }
  }
}

async function inWaves(count, one) {
  for (let done = 0; done < count; done += AT_ONCE) {
    const wave = []
    for (let i = done; i < Math.min(count, done + AT_ONCE); i++) wave.push(one(i))
    await Promise.all(wave)
  }
}

/** What does not do its work, by name. */
async function wrong(work, fresh) {
  const [id] = fresh(1)
  const mark = await work.create(id, `prover-${me}`)
  const checks = {
    get: async () => value.equals(await work.get(READ)) && (await work.get('nobody')) === undefined,
    create: async () => mark !== undefined && (await work.create(id, `prover-${me}`)) === undefined,
    'create lists': async () => (await work.list(`prover-${me}`)) === 1,
    renew: async () => (await work.renew('nobody')) === false,
    swap: async () => (await work.swap(id, mark)) === true && (await work.swap(id, mark)) === false,
    'renew after swap': async () => (await work.renew(id)) === true,
    take: async () => (await work.take(id)) === true && (await work.take(id)) === false,
    'take removes': async () => (await work.get(id)) === undefined && (await work.list(`prover-${me}`)) === 0,
    increment: async () => (await work.increment(id)) === 1 && (await work.increment(id)) === 2,
    list: async () => (await work.list(OWNER)) === OWNED,
    append: async () => (await work.append(`log-${id}`)) === 1 && (await work.append(`log-${id}`)) === 2,
    read: async () => (await work.read(LOG)) === BEHIND,
  }
  const found = []
  for (const [name, check] of Object.entries(checks)) if (!(await check())) found.push(name)
  return found
}
