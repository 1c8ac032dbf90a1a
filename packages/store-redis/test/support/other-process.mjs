// Another process of an app: does what it is asked over as many connections, and answers what came of it.
import { createRedisStore } from '@sallyport/store-redis'
import { createClient } from 'redis'

const [url, prefix, connections] = process.argv.slice(2)
const clients = await Promise.all(
  Array.from({ length: Number(connections) }, () =>
    createClient({ url })
      .on('error', () => undefined)
      .connect(),
  ),
)
const stores = clients.map((client) => createRedisStore({ client, prefix }))
const ttl = 3_600_000

const deeds = {
  take: (store, id) => store.commit('p', [{ delete: id, if: 'present' }]).then(({ ok }) => ok),
  create: (store, id) =>
    store.commit('p', [{ put: id, value: new Uint8Array(1), ttl, if: 'absent' }]).then(({ ok }) => ok),
  /** Renews again and again until it is gone, and some times more; answers how often it did. Counts itself once it has begun. */
  async renew(store, id) {
    const change = { put: id, value: new Uint8Array(1), ttl, if: 'present', owner: 'o' }
    let renewed = 0
    while ((await store.commit('p', [change])).ok) {
      if (renewed++ === 0) await store.increment({ partition: 'p', id: 'renewing' }, 1, { ttl })
    }
    for (let i = 0; i < 20; i++) if ((await store.commit('p', [change])).ok) throw new Error('It is back')
    return renewed
  },
  count: (store, id) => store.increment({ partition: 'p', id }, 1, { ttl }),
  append: (store, id) => store.append(id, new Uint8Array(1), { ttl }),
}

process.on('message', async ({ deed, ids, times }) => {
  const results = {}
  await Promise.all(
    ids.map(async (id) => {
      results[id] = await Promise.all(
        Array.from({ length: times }, (_, i) => deeds[deed](stores[i % stores.length], id)),
      )
    }),
  )
  process.send(results)
})
process.on('disconnect', () => process.exit())
await Promise.all(stores.map((store) => store.generation()))
process.send('ready')
