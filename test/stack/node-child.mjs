// One process of an app on a shared store: an Express app behind both gates. Its parent has it revoke tokens.
import { createEnvironment, problemDetails } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import express from 'express'
import { connectStore, untilReady } from './connect-store.mjs'

const { kind, port, issuer, jwksUri, pollInterval } = JSON.parse(process.argv[2])

const env = createEnvironment({ store: await connectStore(kind, port), revocationPollInterval: pollInterval })
await untilReady(env)

const app = express()
app.use(jwtAuth({ issuer, jwksUri, audience: 'orders-api', env }))
app.get('/orders', rbac({ roles: { viewer: ['orders:read'] }, env }).require('orders:read'), (_req, res) => {
  res.end('reached')
})
app.use(problemDetails())
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', async ({ revoke }) => {
  const expiresAt = Math.floor(Date.now() / 1000) + 600
  await env.revocations.revoke({ kind: 'token', issuer, id: revoke, expiresAt, reason: 'test' })
  process.send({ revoked: revoke })
})
