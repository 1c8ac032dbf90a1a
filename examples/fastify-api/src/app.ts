import type { Environment } from '@sallyport/core'
import { logoutOf, OrderError, readOrder, type OrderBook } from '@sallyport/example-orders'
import { gate, sallyportFastify } from '@sallyport/fastify'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import fastify, { type FastifyInstance } from 'fastify'

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

interface One {
  readonly Params: { readonly id: string }
}

/** The orders API on Fastify. */
export function createApp({ issuer, audience, jwksUri, orders, env }: AppOptions): FastifyInstance {
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
  const app = fastify({ bodyLimit: 16 * 1024 })
  app.register(sallyportFastify, { gates: [auth] })
  // Fastify reads a body as it comes, whatever coding it says to have.
  app.addHook('preParsing', async (request) => {
    if (request.headers['content-encoding'] !== undefined) throw new OrderError(415, 'Send the order as it is')
  })

  // These hooks come before a body is read: a stranger's is not.
  app.get('/orders', { onRequest: gate(access.require('orders:read')) }, async () => ({ orders: orders.list() }))
  app.get<One>('/orders/:id', { onRequest: gate(access.require('orders:read')) }, async ({ params }) =>
    orders.get(params.id),
  )
  app.post('/orders', { onRequest: gate(access.require('orders:create')) }, async (request, reply) => {
    const order = await orders.create(readOrder(request.body), auth.principalOf(request).subject)
    return reply.code(201).header('location', `/orders/${order.id}`).send(order)
  })
  app.put<One>('/orders/:id', { onRequest: gate(access.require('orders:update')) }, async ({ params, body }) =>
    orders.update(params.id, readOrder(body)),
  )
  app.delete<One>('/orders/:id', { onRequest: gate(access.require('orders:delete')) }, async ({ params }, reply) => {
    await orders.remove(params.id)
    return reply.code(204).send()
  })
  app.get('/report', { onRequest: gate(access.require('orders:report')) }, async () => orders.report())
  app.post('/logout', { onRequest: gate(access.authenticated('whoever is in may leave')) }, async (request, reply) => {
    await env.revocations.revoke(logoutOf(auth.principalOf(request)))
    return reply.code(204).send()
  })
  return app
}
