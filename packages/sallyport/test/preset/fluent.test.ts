import { problemDetails } from '@sallyport/core'
import { Sallyport, sallyport } from 'sallyport'
import express from 'express'
import Koa from 'koa'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { bearer, ended, folder, issuer } from './support.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('mounts on Express', async () => {
  const { issuer: iss, jwksUri, token } = await issuer()
  const app = express()
  const guard = ended(
    Sallyport.for(app)
      .withJwt({ issuer: iss, audience: 'orders-api', jwksUri })
      .withRbac({ roles: { viewer: ['orders:read'] } })
      .withAudit({ directory: folder(), compliance: ['soc2', 'hipaa'] })
      .mount(),
  )
  app.get('/orders', guard.access.require('orders:read'), (req, res) => {
    res.json({ for: guard.auth.principalOf(req).subject })
  })
  app.use(problemDetails())
  const url = await serve(app)
  expect((await fetch(`${url}/orders`)).status).toBe(401)
  const headers = bearer(await token({ claims: { sub: 'ada', roles: ['viewer'] } }))
  expect(await (await fetch(`${url}/orders`, { headers })).json()).toEqual({ for: 'ada' })
})

it('mounts on Koa', async () => {
  const { issuer: iss, jwksUri, token } = await issuer()
  const app = new Koa()
  app.use(problemDetails())
  const guard = ended(Sallyport.for(app).withJwt({ issuer: iss, audience: 'orders-api', jwksUri }).mount())
  app.use((ctx) => void (ctx.body = { for: guard.auth.principalOf(ctx).subject }))
  const url = await serve(app.callback() as RequestListener)
  expect((await fetch(url)).status).toBe(401)
  const headers = bearer(await token({ claims: { sub: 'ada' } }))
  const answer = await fetch(url, { headers })
  expect(await answer.json()).toEqual({ for: 'ada' })
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

it('knows which parts there are', () => {
  const bare = ended(sallyport({}))
  // @ts-expect-error no roles were given
  expect(bare.access).toBeUndefined()
  const typed = ended(
    sallyport({ rbac: { permissions: ['orders:read'], roles: { viewer: ['orders:read'] } }, pii: false }),
  )
  expectTypeOf(typed.access.require).toBeFunction()
  // @ts-expect-error no such permission
  expect(() => typed.access.require('orders:raed')).toThrow(/orders:read/)
  // @ts-expect-error left out
  expect(typed.pii).toBeUndefined()
  // @ts-expect-error no app
  expect(() => Sallyport.for({})).toThrow(/use\(\)/)
})
