import { createServer } from 'node:http'
import express from 'express'
import { orders } from './orders.mjs'

/** The app of all Express contenders: guards of the app, guards of the route, the same handler. */
export function expressServer(appGuards = [], routeGuards = []) {
  const app = express()
  for (const guard of appGuards) app.use(guard)
  app.get('/orders', ...routeGuards, (req, res) => res.json(orders))
  // Express prints errors that nobody handles.
  app.use((error, req, res, next) => (res.headersSent ? next(error) : res.sendStatus(error.status ?? 500)))
  return createServer(app)
}
