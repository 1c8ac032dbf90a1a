// Another process with a store of its own. Its first message is { url, max, options }; then each one is { calls: [[method, ...arguments], …] },
// all of which begin at once, and is answered by { outcomes }.
import { createPostgresStore, migrate } from '@sallyport/store-postgres'
import { Pool } from 'pg'

let pool
let store

process.on('message', async (message) => {
  if (message.url !== undefined) {
    pool = new Pool({ connectionString: message.url, max: message.max })
    store = createPostgresStore({ pool, timeout: 20_000, ...message.options })
    process.send({ ready: true })
    return
  }
  const outcomes = await Promise.all(message.calls.map(outcomeOf))
  process.send({ outcomes })
})

async function outcomeOf([method, ...given]) {
  try {
    return { answer: await (method === 'migrate' ? migrate(pool, ...given) : store[method](...given)) }
  } catch (thrown) {
    return { failure: thrown.message }
  }
}
