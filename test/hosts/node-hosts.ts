import type { IncomingMessage, ServerResponse } from 'node:http'
import { exchangeOf, problemDetails, type Principal } from '@sallyport/core'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { isNative, type AppSpec, type Call, type Host, type Reply } from './host.ts'
import { listen } from './listen.ts'

type Next = (err?: unknown) => void
type NodeHandler = (req: IncomingMessage, res: ServerResponse, next: Next) => void

function callOf(req: IncomingMessage, res: ServerResponse): Call {
  const { principal } = req as { principal?: Principal }
  const body = (): unknown => (req as { body?: unknown }).body
  return { req, res, seen: req, principal, exchange: exchangeOf(req), body }
}

/** Answers by the framework's own means where it has some: `res.json`. */
function give(res: ServerResponse & { json?: (body: unknown) => void }, reply: Reply | undefined): void {
  if (!reply) return
  res.statusCode = reply.status ?? 200
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value)
  if (typeof reply.body === 'object') {
    if (res.json) return res.json(reply.body)
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(reply.body))
  } else res.end(reply.body)
}

function handlerOf(spec: AppSpec): NodeHandler {
  return (req, res, next) => {
    void Promise.resolve()
      .then(() => (spec.handler ?? (() => ({ body: 'reached' })))(callOf(req, res)))
      .then((reply) => give(res, reply))
      .catch(next)
  }
}

function middlewaresOf(spec: AppSpec): NodeHandler[] {
  return (spec.use ?? []).map((one) => (isNative(one) ? (req, res, next) => one.node(req, res, next) : one))
}

/** Express 4 and 5 are called the same way. */
function expressHost(name: string, make: () => ReturnType<typeof express>, router: () => express.Router): Host {
  return {
    name,
    kind: 'node',
    serialises: true,
    errorStatus: 418,
    start(spec) {
      const app = make()
      const errors: unknown[] = []
      // Silent: the framework's handler prints every error otherwise.
      app.set('env', 'test')
      for (const middleware of middlewaresOf(spec)) app.use(middleware)
      const method = (spec.method ?? 'ALL').toLowerCase() as 'all' | 'get' | 'post'
      // Below a mount, as real apps have it: frameworks rewrite `req.url` there.
      const routes = router()
      routes[method]('/', ...(spec.route ?? []), handlerOf(spec))
      app.use(spec.path ?? '/orders', routes)
      app.use((err: unknown, _req: unknown, _res: unknown, next: Next) => {
        errors.push(err)
        next(err)
      })
      if (spec.problems !== false) app.use(problemDetails())
      return listen(app, errors, spec.tls)
    },
  }
}

export const express5Host: Host = expressHost(
  'Express 5',
  () => express(),
  () => express.Router(),
)

export const express4Host: Host = expressHost(
  'Express 4',
  () => express4() as unknown as ReturnType<typeof express>,
  () => express4.Router() as unknown as express.Router,
)

export const connectHost: Host = {
  name: 'Connect',
  kind: 'node',
  serialises: false,
  errorStatus: 418,
  start(spec) {
    const app = connect()
    const errors: unknown[] = []
    for (const middleware of middlewaresOf(spec)) app.use(middleware)
    for (const step of [...(spec.route ?? []), handlerOf(spec)]) {
      app.use(spec.path ?? '/orders', (req: IncomingMessage, res: ServerResponse, next: Next) =>
        isMethod(spec, req) ? step(req, res, next) : next(),
      )
    }
    app.use((err: unknown, _req: IncomingMessage, _res: ServerResponse, next: Next) => {
      errors.push(err)
      next(err)
    })
    if (spec.problems !== false) app.use(problemDetails())
    // Connect's last handler prints errors unless told that this is a test.
    process.env['NODE_ENV'] ??= 'test'
    return listen(app, errors, spec.tls)
  },
}

export const httpHost: Host = {
  name: 'node:http',
  kind: 'node',
  serialises: false,
  errorStatus: 500,
  start(spec) {
    const errors: unknown[] = []
    const answer = problemDetails()
    const last: NodeHandler = (_req, res) => {
      res.statusCode = 404
      res.end()
    }
    return listen(
      (req, res) => {
        const path = (req.url ?? '/').split('?')[0]
        const found = path === (spec.path ?? '/orders') && isMethod(spec, req)
        const steps = [...middlewaresOf(spec), ...(found ? [...(spec.route ?? []), handlerOf(spec)] : []), last]
        const run = (i: number): void => steps[i]!(req, res, (err) => (err === undefined ? run(i + 1) : fail(err)))
        const fail = (err: unknown): void => {
          errors.push(err)
          if (spec.problems === false) {
            res.statusCode = (err as { status?: number }).status ?? 500
            for (const [name, value] of Object.entries((err as { headers?: Record<string, string> }).headers ?? {})) {
              res.setHeader(name, value)
            }
            res.end()
          } else {
            answer(err, req, res, () => {
              res.statusCode = 500
              res.end()
            })
          }
        }
        run(0)
      },
      errors,
      spec.tls,
    )
  },
}

function isMethod(spec: AppSpec, req: IncomingMessage): boolean {
  return (spec.method ?? 'ALL') === 'ALL' || req.method === spec.method
}
