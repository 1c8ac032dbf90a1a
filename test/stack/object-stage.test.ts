import { createEnvironment, defineMiddleware, type Middleware } from '@sallyport/core'
import express from 'express'
import express4 from 'express4'
import Koa from 'koa'
import Koa2 from 'koa2'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../hosts/listen.ts'

/** Adds to every object that the app is about to serialise. */
function masking(): Middleware {
  const environment = createEnvironment()
  onTestFinished(() => environment.close())
  return defineMiddleware({
    name: 'masking',
    environment,
    gate(exchange) {
      exchange.onObject((body) => (typeof body === 'object' ? { ...body, masked: true } : body))
    },
  })
}

/** An app with a `res.json` of its own. */
function enveloping(): express.Express {
  const app = express()
  Object.assign(app.response, {
    json(this: express.Response, body: unknown) {
      return this.type('application/vnd.own+json').send(JSON.stringify({ enveloped: body }))
    },
  })
  app.get('/orders', (_req, res) => void res.json({ name: 'Ada' }))
  return app
}

it.each([
  ['an Express app', (guard: Middleware) => express().use(guard).use(enveloping())],
  [
    'a plain listener',
    (guard: Middleware) => {
      const below = enveloping()
      return ((req: express.Request, res: express.Response) => guard(req, res, () => below(req, res))) as never
    },
  ],
])('the object stage finds `res.json` of an app below %s', async (_, make) => {
  const app = await listen(make(masking()), [])
  const response = await app.fetch('/orders')
  expect(response.headers.get('content-type')).toContain('application/vnd.own+json')
  expect(await response.json()).toEqual({ enveloped: { name: 'Ada', masked: true } })
})

it('the object stage stands below what the app puts over `res.json`', async () => {
  const app5 = express().use(masking())
  app5.use((_req, res, next) => {
    const { json } = res
    res.json = (body) => json.call(res, { data: body })
    next()
  })
  app5.get('/orders', (_req, res) => void res.json({ name: 'Ada' }))
  const app = await listen(app5, [])
  expect(await (await app.fetch('/orders')).json()).toEqual({ data: { name: 'Ada' }, masked: true })
})

it('the object stage sees what Express 4 is given after a status', async () => {
  // Express says that this form is deprecated; somebody listens, so it is not printed.
  process.once('deprecation' as never, () => undefined)
  const app4 = express4().use(masking() as never)
  app4.get('/orders', (_req, res) => void (res.json as (...args: unknown[]) => unknown)(201, { name: 'Ada' }))
  const app = await listen(app4, [])
  const response = await app.fetch('/orders')
  expect([response.status, await response.json()]).toEqual([201, { name: 'Ada', masked: true }])
})

it.each([
  ['2', () => new Koa2() as unknown as Koa],
  ['3', () => new Koa()],
])('the object stage leaves the type that the app gave on Koa %s', async (_, make) => {
  const koa = make().use(masking())
  koa.use((ctx) => {
    ctx.body = { name: 'Ada' }
    ctx.set('content-type', 'application/vnd.own')
  })
  const app = await listen(koa.callback(), [])
  const response = await app.fetch('/orders')
  expect(response.headers.get('content-type')).toBe('application/vnd.own')
  expect(await response.json()).toEqual({ name: 'Ada', masked: true })
})
