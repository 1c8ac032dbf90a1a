// One app on one store, with the load of its clients: told by its parent when the store is gone and when it is back, it says how much memory
// it has after each batch of requests. Run with --expose-gc.
import { createEnvironment, problemDetails } from '@sallyport/core'
import express from 'express'
import { connectStore, untilReady } from '../stack/connect-store.mjs'

const [kind, port] = process.argv.slice(2)
const CLIENTS = 50

const env = createEnvironment({ store: await connectStore(kind, port) })
await untilReady(env)

const app = express()
app.use('/note', async (req, res) => {
  await env.store.commit('notes', [{ put: req.url, value: new Uint8Array(1000), ttl: 60_000 }])
  res.end()
})
app.use(problemDetails())
const server = app.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const origin = `http://127.0.0.1:${server.address().port}`

process.on('message', async ({ requests }) => {
  const answers = {}
  let left = requests
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) {
        const response = await fetch(`${origin}/note/${left}`)
        await response.arrayBuffer()
        answers[response.status] = (answers[response.status] ?? 0) + 1
      }
    }),
  )
  // What is done with is let go of in the turns that follow.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    gc()
  }
  const { heapUsed, external } = process.memoryUsage()
  process.send({ answers, heap: heapUsed, external })
})
process.send({ ready: true })
