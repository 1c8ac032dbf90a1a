import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { problemDetails, type Environment } from '@sallyport/core'
import { logoutOf, readOrder, type OrderBook } from '@sallyport/example-orders'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import Koa from 'koa'

/** What the API runs with. */
export interface AppOptions {
  /** Whose tokens are accepted. */
  readonly issuer: string
  /** Who the tokens must be for: this API. */
  readonly audience: string
  /** Where the issuer's public keys are. */
  readonly jwksUri: string
  readonly orders: OrderBook
  readonly env: Environment
}

/** The orders API on Koa. */
export function createApp({ issuer, audience, jwksUri, orders, env }: AppOptions): Koa {
  const auth = jwtAuth({ issuer, audience, jwksUri, env })
  const access = rbac({
    permissions: ['orders:read', 'orders:create', 'orders:update', 'orders:delete', 'orders:report'],
    roles: {
      viewer: ['orders:read'],
      clerk: { inherits: ['viewer'], allow: ['orders:create', 'orders:update'] },
      admin: ['*'],
    },
    env,
  })
  // On the routes that take a body, behind their gates: a stranger's body is not read.
  const json = bodyParser({
    enableTypes: ['json'],
    jsonLimit: '16kb',
    // For the client to hear of. Koa would log it with its stack, and anybody could fill the log.
    onError: (error, ctx) =>
      ctx.throw((error as { status?: number }).status ?? 400, 'The body must be JSON of at most 16 kB'),
  })

  const router = new Router()
  router.get('/orders', access.require('orders:read'), (ctx) => {
    ctx.body = { orders: orders.list() }
  })
  router.get('/orders/:id', access.require('orders:read'), (ctx) => {
    ctx.body = orders.get(ctx.params.id!)
  })
  router.post('/orders', access.require('orders:create'), json, async (ctx) => {
    const order = await orders.create(readOrder(ctx.request.body), auth.principalOf(ctx).subject)
    ctx.status = 201
    ctx.set('location', `/orders/${order.id}`)
    ctx.body = order
  })
  router.put('/orders/:id', access.require('orders:update'), json, async (ctx) => {
    ctx.body = await orders.update(ctx.params.id!, readOrder(ctx.request.body))
  })
  router.delete('/orders/:id', access.require('orders:delete'), async (ctx) => {
    await orders.remove(ctx.params.id!)
    ctx.status = 204
  })
  router.get('/report', access.require('orders:report'), (ctx) => {
    ctx.body = orders.report()
  })
  router.post('/logout', access.authenticated('whoever is in may leave'), async (ctx) => {
    await env.revocations.revoke(logoutOf(auth.principalOf(ctx)))
    ctx.status = 204
  })

  // A route that is added and forgotten answers nobody.
  const app = access.defaultDeny(new Koa())
  app.use(problemDetails())
  app.use(auth)
  app.use(router.routes()).use(router.allowedMethods())
  return app
}
