import { randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing } from '@sallyport/core'
import { createApp } from './app.ts'

// Passkeys and the addresses that phones open are made for this port: it must be known before.
const port = Number(process.env['PORT'] ?? 3000)
const origin = `http://localhost:${port}`
// In memory, with a key of this run: an app that is meant to last has both elsewhere.
const env = createEnvironment({ keyRing: createKeyRing({ keys: [{ id: 'run', key: randomBytes(32) }] }) })
const app = createApp({
  env,
  origin,
  people: { ada: 'correct horse battery' },
  // Stands in for a push service: open the address on the phone.
  push: ({ url }) => Promise.resolve(console.log(`Push: ${url}`)),
})
const server = app.listen(port, 'localhost', () =>
  console.log(`${origin} – log in as ada with “correct horse battery”`),
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => void env.close())
    server.closeAllConnections()
  })
}
