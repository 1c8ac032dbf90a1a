import { createServer } from 'node:http'
import Router from '@koa/router'
import type { Middleware, ProblemHandler } from '@sallyport/core'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import Koa from 'koa'
import Koa2 from 'koa2'

/** Mounts a middleware everywhere; that it compiles is what it shows. Answers the number of mounts. */
export function mountEverywhere(gate: Middleware, problems: ProblemHandler): number {
  const app5 = express()
  app5.use(gate)
  app5.get('/orders/:id', gate, (req, res) => void res.json(req.params.id.toUpperCase()))
  app5.use(problems)
  const router5 = express
    .Router()
    .use(gate)
    .post('/', gate, (req, res) => void res.send(req.path))

  const app4 = express4()
  app4.use(gate)
  app4.get('/orders/:id', gate, (req, res) => void res.json(req.params.id.toUpperCase()))
  app4.use(problems)
  const router4 = express4
    .Router()
    .use(gate)
    .post('/', gate, (req, res) => void res.send(req.path))

  const plain = connect().use(gate).use('/orders', gate).use(problems)

  const server = createServer((req, res) => gate(req, res, () => res.end()))

  interface State {
    user: string
  }
  const app3 = new Koa<State>()
  app3.use(problems)
  app3.use(gate)
  app3.use((ctx) => void (ctx.body = ctx.state.user.toUpperCase()))
  // What comes after is as it would be without the gate.
  const chained = new Koa().use(gate).use((ctx) => void (ctx.body = ctx.ip.toUpperCase()))
  const router3 = new Router<State>().get('/orders/:id', gate, (ctx) => {
    const own: State = ctx.state
    ctx.body = `${ctx.params['id']?.toUpperCase()} ${own.user}`
    // @ts-expect-error still a Koa context: its status is a number
    ctx.status = 'ok'
  })

  const app2 = new Koa2()
  app2.use(problems)
  app2.use(gate)
  app2.use(async (ctx, next) => {
    ctx.status = 200
    await next()
  })

  return [app5, router5, app4, router4, plain, server, app3, chained, router3, app2].length
}
