import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Environment } from '../environment.ts'
import { coreError } from '../errors.ts'
import type { Gate, GateDescription, Requirements } from '../gate.ts'
import { serveKoa } from './koa.ts'
import type { KoaContext } from './koa-context.ts'
import { serveNode } from './node.ts'
import type { Principal } from '../principal.ts'

declare global {
  // Express's own place for what middlewares add to a request. Without its types this is a name that nobody uses.
  namespace Express {
    interface Request {
      /** Who is calling, once a gate of Sallyport knows it. Gates do not read it from here. */
      readonly principal?: Principal | undefined
    }
  }
}

/** Under this key a middleware carries its description. */
export const GATE: unique symbol = Symbol.for('sallyport.gate') as never

/**
 * One function for every host: Express 4 and 5, Connect and plain node:http call it with `(req, res, next)`, Koa 2 and 3 with
 * `(ctx, next)`. The parameters have no further members, because frameworks type theirs differently.
 */
export interface Middleware {
  (req: IncomingMessage, res: ServerResponse, next: (err?: unknown) => void): void
  // The last one, because the compiler infers from it what handlers after this one are given on Koa. Koa's state has a type of the
  // app's own; any other word here does not check against all of them.
  // oxlint-disable-next-line typescript/no-explicit-any
  (ctx: { req: IncomingMessage; res: ServerResponse; state: any }, next: () => Promise<unknown>): Promise<unknown>
  readonly [GATE]: GateDescription
}

/** What a middleware is made of. */
export interface MiddlewareDefinition {
  /** Shown in listings, events and debug lines. */
  readonly name: string
  /** @default {} */
  readonly requires?: Requirements
  readonly environment: Environment
  readonly gate: Gate
  readonly parts?: readonly GateDescription[]
}

/** Makes the middleware of a gate. */
export function defineMiddleware(definition: MiddlewareDefinition): Middleware {
  const description: GateDescription = Object.freeze({ requires: {}, ...definition })
  function middleware(first: object, second: unknown, third?: unknown): unknown {
    if (typeof third === 'function') {
      // Fastify calls a hook alike: what gates do to such a response would go nowhere.
      if (typeof (second as ServerResponse).setHeader !== 'function') throw strange(definition.name)
      serveNode(description, first as IncomingMessage, second as ServerResponse, third as (err?: unknown) => void)
      return undefined
    }
    if (typeof second === 'function') {
      return serveKoa(description, first as KoaContext, second as () => Promise<unknown>)
    }
    throw coreError('ERR_OPTION', {
      message: `${definition.name}: call the middleware with (req, res, next) or (ctx, next); without \`next\` nothing could pass`,
    })
  }
  Object.defineProperty(middleware, 'name', { value: definition.name })
  Object.defineProperty(middleware, GATE, { value: description })
  return middleware as unknown as Middleware
}

function strange(name: string): Error {
  return coreError('ERR_OPTION', {
    message: `${name}: this host needs a door; on Fastify it is gate() of @sallyport/fastify`,
  })
}

/** The description of a middleware of Sallyport; `undefined` of any other function. */
export function describeGate(middleware: unknown): GateDescription | undefined {
  return typeof middleware === 'function' ? (middleware as { [GATE]?: GateDescription })[GATE] : undefined
}
