// An app on a SQLite store: an Express app behind jwtAuth, with a deed for each thing that apps do with state. Its parent stands before it.
import { createEnvironment, problemDetails } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { createSqliteStore } from '@sallyport/store-sqlite'
import express from 'express'

const HOUR = 3_600_000
const { path, issuer, secret } = JSON.parse(process.argv[2])

const strays = []
process.on('unhandledRejection', (reason) => strays.push(String(reason)))
process.on('uncaughtException', (error) => strays.push(String(error)))

const env = createEnvironment({ store: createSqliteStore({ path }) })
const events = captureEvents(env)
const bytes = (text) => new TextEncoder().encode(text)

const deeds = {
  read: async () => 200,
  async note({ id }) {
    // As large as a session, so that a small disk is soon full.
    await env.store.commit('notes', [{ put: id, value: new Uint8Array(2000).fill(1), ttl: HOUR, owner: 'alice' }])
    return 200
  },
  async issue({ id }) {
    await env.store.commit('codes', [{ put: id, value: bytes(id), ttl: HOUR, if: 'absent' }])
    return 200
  },
  async redeem({ id }) {
    const { ok } = await env.store.commit('codes', [{ delete: id, if: 'present' }])
    return ok ? 200 : 409
  },
  async count() {
    await env.store.increment({ partition: 'counts', id: 'all' }, 1, { ttl: HOUR })
    return 200
  },
  async revoke({ id }) {
    const expiresAt = Math.floor(Date.now() / 1000) + 600
    await env.revocations.revoke({ kind: 'token', issuer, id, expiresAt, reason: 'test' })
    return 200
  },
}

const app = express()
app.use(jwtAuth({ issuer, audience: 'orders-api', secret: Buffer.from(secret, 'base64'), env }))
app.get('/:deed', async (req, res) => void res.sendStatus(await deeds[req.params.deed](req.query)))
app.use(problemDetails())
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', () => {
  const health = events.of('health.changed').map(({ detail }) => `${detail.part} ${detail.healthy}`)
  process.send({ strays, health, memory: process.memoryUsage().rss })
})
process.on('disconnect', () => process.exit())
