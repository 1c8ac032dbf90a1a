// An app that listens to no errors of its clients: it has made them and never connects them.
import { createRedisStore } from '@sallyport/store-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

const [url] = process.argv.slice(2)
const clients = [createClient({ url }), new Redis(url, { lazyConnect: true })]
const stores = clients.map((client) => createRedisStore({ client }))
for (const store of stores) {
  await store.generation()
  await store.subscribe('log', () => undefined)
}
process.on('message', async () => {
  const asked = stores.map((store) => store.get({ partition: 'p', id: 'k' }))
  process.send((await Promise.allSettled(asked)).map(({ reason }) => reason?.code))
})
process.on('disconnect', () => process.exit())
process.send('ready')
