import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerOptions } from 'node:https'
import type { Exchange, Middleware, Principal } from '@sallyport/core'
import type { FastifyInstance } from 'fastify'
import type { MiddlewareHandler } from 'hono'

/** What a handler of the app under test sees, on every host alike. */
export interface Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Express's `req`, Koa's `ctx`, Fastify's `request`, Hono's `c`. */
  readonly seen: object
  /** What handlers read: `req.principal`, `ctx.state.principal`, `request.principal`. */
  readonly principal: Principal | undefined
  readonly exchange: Exchange | undefined
  /** What handlers find in the body of the request. */
  body(): unknown
}

/** What a handler answers; an object is serialised by the framework where it does that. */
export interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | object
}

export type Handler = (call: Call) => Reply | undefined | Promise<Reply | undefined>

/** A middleware of the app's own, as it is written for each kind of host. */
export interface Native {
  node(req: IncomingMessage, res: ServerResponse, next: (err?: unknown) => void): void
  koa(ctx: KoaLike, next: () => Promise<unknown>): unknown
  /** Where a Koa middleware wants the app itself: gives the middleware. */
  install?(app: object): Native['koa']
  /** Where Fastify has a plugin of its own for it. @default what is written for Node's request and response */
  fastify?(app: FastifyInstance): unknown
  /** Where Hono has a middleware of its own for it. @default what is written for Node's request and response */
  readonly hono?: MiddlewareHandler
}

/** Koa's context as far as the tests use it. */
export interface KoaLike {
  req: IncomingMessage
  res: ServerResponse
  state: { principal?: Principal }
  status: number
  body: unknown
  respond?: boolean
  session?: unknown
  set(name: string, value: string): void
}

export interface AppSpec {
  /** Mounted for all requests, in this order. */
  readonly use?: readonly (Middleware | Native)[]
  /** On the route itself. */
  readonly route?: readonly Middleware[]
  /** Method of the route; `ALL` for any. @default 'ALL' */
  readonly method?: 'GET' | 'POST' | 'ALL'
  /** @default '/orders' */
  readonly path?: string
  readonly handler?: Handler
  /** Whether `problemDetails()` answers errors, or the framework's own handler. @default true */
  readonly problems?: boolean
  /** Serves over TLS. @default plain HTTP */
  readonly tls?: ServerOptions
}

export interface RunningApp {
  readonly origin: string
  readonly port: number
  /** Errors that reached the app's own handling. */
  readonly errors: unknown[]
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** One host that the same test body runs on. */
export interface Host {
  readonly name: string
  readonly kind: 'node' | 'koa' | 'fastify' | 'hono'
  /** Whether the framework serialises objects itself, so that there is an object stage. */
  readonly serialises: boolean
  /** The status by which the framework's own handler answers an error of the app that names 418. */
  readonly errorStatus: 418 | 500
  /** Starts an app on a free port of 127.0.0.1; closed after the test by itself. */
  start(spec: AppSpec): Promise<RunningApp>
}

/** Headers of a request, from what handlers see. */
export function headersOf(seen: object): Readonly<Record<string, string | undefined>> {
  const { req, env } = seen as { req?: object; env?: { incoming?: object } }
  return ((env?.incoming ?? req ?? seen) as { headers: Record<string, string> }).headers
}

export function isNative(one: Middleware | Native): one is Native {
  return typeof one !== 'function'
}
