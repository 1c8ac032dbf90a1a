/**
 * What consumers run: an app behind both gates, asked by a stranger, by a reader for what readers may, by a reader for more, and once
 * the reader's token is revoked. State is in SQLite where Node has it. The same lines, loaded as each consumer loads modules.
 */
const WALK = `
const issuer = 'https://id.example.com/'
const audience = 'orders-api'
const secret = 'a secret of thirty-two bytes or more'

async function walk() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-consumer-'))
  const durable = isBuiltin('node:sqlite')
  const store = durable ? createSqliteStore({ path: join(folder, 'store.db') }) : createMemoryStore()
  await store.generation()
  const env = createEnvironment({ store })
  const auth = jwtAuth({ issuer, audience, secret, env })
  const access = rbac({ roles: { reader: ['orders:read'] }, env })
  const app = express()
  app.use(auth)
  app.get('/orders', access.require('orders:read'), (req, res) => res.json({ for: auth.principalOf(req).subject }))
  app.delete('/orders', access.require('orders:delete'), (req, res) => res.json({}))
  app.use(problemDetails())
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const now = Math.floor(Date.now() / 1000)
  const token = await new SignJWT({ client_id: 'web', jti: 'one', roles: ['reader'] })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('ada')
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(new TextEncoder().encode(secret))
  const ask = async (method, headers) => {
    const url = 'http://127.0.0.1:' + server.address().port + '/orders'
    const response = await fetch(url, { method, headers })
    return [response.status, (await response.json()).code ?? 'passed']
  }
  try {
    const bearer = { authorization: 'Bearer ' + token }
    const answers = [await ask('GET', {}), await ask('GET', bearer), await ask('DELETE', bearer)]
    await env.revocations.revoke({ kind: 'token', issuer, id: 'one', expiresAt: now + 60, reason: 'test' })
    return [...answers, await ask('GET', bearer), ['durable', env.store.durable === durable]]
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await env.close()
    rmSync(folder, { recursive: true })
  }
}
`

/** What the walk answers when all is well. */
export const EXPECTED: readonly (readonly [number | string, string | boolean])[] = [
  [401, 'ERR_JWT_MISSING'],
  [200, 'passed'],
  [403, 'ERR_RBAC_FORBIDDEN'],
  [401, 'ERR_JWT_REVOKED'],
  ['durable', true],
]

const IMPORTS = `
import { mkdtempSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { SignJWT } from 'jose'
import { createEnvironment, createMemoryStore, problemDetails } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { createSqliteStore } from '@sallyport/store-sqlite'
`

const REQUIRES = `
const { mkdtempSync, rmSync } = require('node:fs')
const { isBuiltin } = require('node:module')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const express = require('express')
const { SignJWT } = require('jose')
const { createEnvironment, createMemoryStore, problemDetails } = require('@sallyport/core')
const { jwtAuth } = require('@sallyport/jwt-auth')
const { rbac } = require('@sallyport/rbac')
const { createSqliteStore } = require('@sallyport/store-sqlite')
`

const PRINT = `walk().then((answers) => console.log(JSON.stringify(answers)))\n`
const TEST = `test('the app is guarded', async () => {
  expect(await walk()).toEqual(${JSON.stringify(EXPECTED)})
})\n`

export const esmProgram: string = IMPORTS + WALK + PRINT
export const commonJsProgram: string = REQUIRES + WALK + PRINT
export const esmJestTest: string = IMPORTS + WALK + TEST
export const commonJsJestTest: string = REQUIRES + WALK + TEST

/** A CommonJS test that loads the packages when it runs. */
export const dynamicJestTest: string = `
const { mkdtempSync, rmSync } = require('node:fs')
const { isBuiltin } = require('node:module')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
let express, SignJWT, createEnvironment, createMemoryStore, problemDetails, jwtAuth, rbac, createSqliteStore
beforeAll(async () => {
  express = require('express');
  ({ SignJWT } = await import('jose'));
  ({ createEnvironment, createMemoryStore, problemDetails } = await import('@sallyport/core'));
  ({ jwtAuth } = await import('@sallyport/jwt-auth'));
  ({ rbac } = await import('@sallyport/rbac'));
  ({ createSqliteStore } = await import('@sallyport/store-sqlite'))
})
${WALK}${TEST}`

/** A strictly typed app: what the compiler must accept, and what it must not. */
export const typedProgram = `
import express, { type Request } from 'express'
import { createEnvironment, identify, problemDetails, SecurityError, type Gate, type Principal } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth, type JwtPrincipal } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { createSqliteStore, type SqliteStoreOptions } from '@sallyport/store-sqlite'

const place: SqliteStoreOptions = { path: '/var/lib/orders/sallyport.db' }
const env = createEnvironment({ store: createSqliteStore(place) })
const auth = jwtAuth({ issuer: 'https://id.example.com/', audience: 'orders-api', env })
const access = rbac({
  permissions: ['orders:read', 'orders:delete'] as const,
  roles: { reader: ['orders:read'], admin: { inherits: ['reader'], allow: ['orders:*'] } },
})
const maybe = jwtAuth({ issuer: 'https://id.example.com/', audience: 'orders-api', required: false })

const app = express()
app.use(auth, identify((req: Request) => (req.get('x') === undefined ? undefined : { subject: 'ada' })))
app.get('/orders/:id', access.require('orders:read'), (req, res) => {
  const id: string = req.params.id
  const principal: JwtPrincipal = auth.principalOf(req)
  const perhaps: Principal | undefined = maybe.principalOf(req)
  // @ts-expect-error without \`required\` there may be nobody
  const nobody: Principal = maybe.principalOf(req)
  res.json({ id, subject: principal.subject, perhaps, nobody })
})
app.use(problemDetails())

// @ts-expect-error a misspelt permission
access.require('orders:raed')
// @ts-expect-error a misspelt option
jwtAuth({ issuer: 'https://id.example.com/', audiance: 'orders-api' })
// @ts-expect-error a misspelt option
createSqliteStore({ file: '/var/lib/orders/sallyport.db' })

export const gate: Gate = (exchange) => {
  if (exchange.method === 'TRACE') throw new SecurityError('ERR_TRACE', { status: 405, message: 'No' })
}
export const start: number = createTestClock().now()
`

/** rbac alone, on an app that has its own login. */
export const rbacAloneProgram = `
import express from 'express'
import { identify, problemDetails } from '@sallyport/core'
import { rbac } from '@sallyport/rbac'

const access = rbac({ roles: { reader: ['orders:read'] } })
const app = express()
app.use((req, res, next) => {
  if (req.headers['x-test-login']) req.user = { id: 7, roles: ['reader'] }
  next()
})
app.use(identify((req) => req.user && { subject: req.user.id, roles: req.user.roles }))
app.get('/orders', access.require('orders:read'), (req, res) => res.json({}))
app.get('/users', access.require('users:read'), (req, res) => res.json({}))
app.use(problemDetails())
const server = app.listen(0, '127.0.0.1', async () => {
  const ask = async (path, headers) => (await fetch('http://127.0.0.1:' + server.address().port + path, { headers })).status
  const login = { 'x-test-login': '1' }
  console.log(JSON.stringify([await ask('/orders', {}), await ask('/orders', login), await ask('/users', login)]))
  server.closeAllConnections()
  server.close()
})
`

/** An app on each of the frameworks that have a door, asked by a stranger and by somebody who is known. */
export const doorsProgram = `
import { createEnvironment, identify } from '@sallyport/core'
import { gate as onFastify, sallyportFastify } from '@sallyport/fastify'
import { gate as onHono } from '@sallyport/hono'
import { rbac } from '@sallyport/rbac'
import fastify from 'fastify'
import { Hono } from 'hono'

const env = createEnvironment()
const access = rbac({ roles: { reader: ['orders:read'] }, env })
const login = identify((_seen, exchange) => exchange.header('x-user') && { subject: 'ada', roles: [exchange.header('x-user')] }, { env, required: true })

const first = fastify()
await first.register(sallyportFastify, { gates: [login] })
first.get('/orders', { onRequest: onFastify(access.require('orders:read')) }, (request) => request.principal.subject)
const second = new Hono().use(onHono(login))
second.get('/orders', onHono(access.require('orders:read')), (c) => c.text(c.get('principal').subject))

const answers = []
for (const headers of [{}, { 'x-user': 'nobody' }, { 'x-user': 'reader' }]) {
  const { statusCode, body } = await first.inject({ url: '/orders', headers })
  const response = await second.request('/orders', { headers })
  answers.push([statusCode, response.status])
  if (statusCode === 200) answers.push([body, await response.text()])
}
await first.close()
await env.close()
console.log(JSON.stringify(answers))
`
