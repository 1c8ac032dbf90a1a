import { createServer } from 'node:http'
import Koa from 'koa'
import { orders } from './orders.mjs'

/** The app of all Koa contenders: guards, then the same handler. */
export function koaServer(...guards) {
  const app = new Koa()
  app.silent = true
  for (const guard of guards) app.use(guard)
  app.use((ctx) => {
    ctx.body = orders
  })
  const handle = app.callback()
  return createServer((req, res) => void handle(req, res))
}
