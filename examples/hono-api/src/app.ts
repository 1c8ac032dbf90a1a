import type { Environment } from '@sallyport/core'
import { logoutOf, OrderError, readOrder, type OrderBook } from '@sallyport/example-orders'
import { gate, problemDetails } from '@sallyport/hono'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'

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

/** The orders API on Hono. */
export function createApp({ issuer, audience, jwksUri, orders, env }: AppOptions): Hono {
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
  const small = bodyLimit({
    maxSize: 16 * 1024,
    onError: () => {
      throw new OrderError(413, 'The body must be JSON of at most 16 kB')
    },
  })

  const app = new Hono()
  app.onError(
    problemDetails((error, c) => {
      if (error instanceof OrderError) return c.json({ error: error.message }, error.status as never)
      console.error(error)
      return c.json({ error: 'Something went wrong' }, 500)
    }),
  )
  app.use(gate(auth))

  app.get('/orders', gate(access.require('orders:read')), (c) => c.json({ orders: orders.list() }))
  app.get('/orders/:id', gate(access.require('orders:read')), (c) => c.json(orders.get(c.req.param('id'))))
  app.post('/orders', gate(access.require('orders:create')), small, async (c) => {
    const order = await orders.create(await orderIn(c), auth.principalOf(c).subject)
    return c.json(order, 201, { location: `/orders/${order.id}` })
  })
  app.put('/orders/:id', gate(access.require('orders:update')), small, async (c) =>
    c.json(await orders.update(c.req.param('id'), await orderIn(c))),
  )
  app.delete('/orders/:id', gate(access.require('orders:delete')), async (c) => {
    await orders.remove(c.req.param('id'))
    return c.body(null, 204)
  })
  app.get('/report', gate(access.require('orders:report')), (c) => c.json(orders.report()))
  app.post('/logout', gate(access.authenticated('whoever is in may leave')), async (c) => {
    await env.revocations.revoke(logoutOf(auth.principalOf(c)))
    return c.body(null, 204)
  })
  return app
}

/** Hono reads a body as JSON whatever it says to be. */
async function orderIn({ req }: Context): Promise<ReturnType<typeof readOrder>> {
  if (req.header('content-encoding') !== undefined) throw new OrderError(415, 'Send the order as it is')
  const isJson = /^application\/json\s*(;|$)/i.test(req.header('content-type') ?? '')
  return readOrder(isJson ? await req.json().catch(() => undefined) : undefined)
}
