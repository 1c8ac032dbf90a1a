import { problemDetails, type Environment } from '@sallyport/core'
import { logoutOf, readOrder, type OrderBook } from '@sallyport/example-orders'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import express, { type Express } from 'express'
import { answerError } from './answer-error.ts'

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

/** The orders API on Express. */
export function createApp({ issuer, audience, jwksUri, orders, env }: AppOptions): Express {
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
  const json = express.json({ limit: '16kb' })

  // A route that is added and forgotten answers nobody.
  const app = access.defaultDeny(express().disable('x-powered-by'))
  app.use(auth)

  app.get('/orders', access.require('orders:read'), (_req, res) => {
    res.json({ orders: orders.list() })
  })
  app.get('/orders/:id', access.require('orders:read'), (req, res) => {
    res.json(orders.get(req.params.id))
  })
  app.post('/orders', access.require('orders:create'), json, async (req, res) => {
    const order = await orders.create(readOrder(req.body), auth.principalOf(req).subject)
    res.status(201).location(`/orders/${order.id}`).json(order)
  })
  app.put('/orders/:id', access.require('orders:update'), json, async (req, res) => {
    res.json(await orders.update(req.params.id, readOrder(req.body)))
  })
  app.delete('/orders/:id', access.require('orders:delete'), async (req, res) => {
    await orders.remove(req.params.id)
    res.sendStatus(204)
  })
  app.get('/report', access.require('orders:report'), (_req, res) => {
    res.json(orders.report())
  })
  app.post('/logout', access.authenticated('whoever is in may leave'), async (req, res) => {
    await env.revocations.revoke(logoutOf(auth.principalOf(req)))
    res.sendStatus(204)
  })

  return app.use(problemDetails()).use(answerError)
}
