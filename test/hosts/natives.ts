import fastifyCookie from '@fastify/cookie'
import fastifyCors from '@fastify/cors'
import fastifySession from '@fastify/session'
import koaBodyparser from '@koa/bodyparser'
import koaCors from '@koa/cors'
import cors from 'cors'
import express from 'express'
import session from 'express-session'
import { cors as honoCors } from 'hono/cors'
import koaPassport from 'koa-passport'
import koaSession from 'koa-session'
import passport from 'passport'
import { Strategy } from 'passport-custom'
import type { Native } from './host.ts'

/** CORS as the framework's users install it. */
export function corsFor(origin: string): Native {
  const onNode = cors({ origin, credentials: true })
  const onKoa = koaCors({ origin, credentials: true, keepHeadersOnError: true }) as unknown as Native['koa']
  return {
    node: (req, res, next) => onNode(req as never, res as never, next),
    koa: onKoa,
    fastify: (app) => app.register(fastifyCors, { origin, credentials: true }),
    hono: honoCors({ origin, credentials: true }),
  }
}

/** A JSON body parser. Fastify has one, and Hono gives every handler its body when asked. */
export function bodyParser(): Native {
  const onNode = express.json()
  const onKoa = koaBodyparser() as unknown as Native['koa']
  return {
    node: (req, res, next) => onNode(req as never, res as never, next),
    koa: onKoa,
    fastify: () => undefined,
    async hono(c, next) {
      if (c.req.header('content-type')?.startsWith('application/json')) await c.req.json()
      await next()
    },
  }
}

/** A parser that leaves every body a text, as webhooks want it. */
export function textParser(): Native {
  const onNode = express.text({ type: '*/*' })
  const onKoa = koaBodyparser({ enableTypes: ['text'], extendTypes: { text: ['*/*'] } }) as unknown as Native['koa']
  return {
    node: (req, res, next) => onNode(req as never, res as never, next),
    koa: onKoa,
    fastify(app) {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    },
    async hono(c, next) {
      await c.req.text()
      await next()
    },
  }
}

/** Sessions as they come from npm, on the hosts that they are made for. */
export function sessions(fill: Record<string, unknown>): Native {
  const onExpress = session({ secret: 'a secret for tests only', resave: false, saveUninitialized: false })
  return {
    node: (req, res, next) =>
      onExpress(req as never, res as never, () => {
        Object.assign((req as unknown as { session: object }).session, fill)
        next()
      }),
    koa: (_ctx, next) => next(),
    install(app) {
      Object.assign(app, { keys: ['a secret for tests only'] })
      const onKoa = koaSession(app as never) as unknown as Native['koa']
      return (ctx, next) =>
        onKoa(ctx, async () => {
          Object.assign(ctx.session as object, fill)
          await next()
        })
    },
    async fastify(app) {
      await app.register(fastifyCookie)
      await app.register(fastifySession, {
        secret: 'a secret for tests only, and long',
        saveUninitialized: false,
        cookie: { secure: false },
      })
      app.addHook('onRequest', (request, _reply, done) => {
        Object.assign(request.session, fill)
        done()
      })
    },
  }
}

/** A login by Passport, with a strategy that always finds this user. */
export function passportLogin(user: object): Native {
  const strategy = (): Strategy => new Strategy((_req, done) => done(null, user))
  const onNode = new passport.Passport()
  onNode.use('always', strategy())
  const authenticate = onNode.authenticate('always', { session: false }) as Native['node']
  return {
    node: (req, res, next) => authenticate(req, res, next),
    koa: (_ctx, next) => next(),
    install() {
      koaPassport.use('always', strategy())
      return koaPassport.authenticate('always', { session: false }) as Native['koa']
    },
    // What @fastify/passport and @fastify/jwt leave on the request.
    fastify: (app) =>
      app.decorateRequest('user').addHook('onRequest', (request, _reply, done) => {
        Object.assign(request, { user })
        done()
      }),
  }
}
