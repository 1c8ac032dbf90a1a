import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../principal.ts'

/** What Koa's context has for us. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly state: { principal?: Principal }
  readonly originalUrl?: string
  readonly request?: { readonly body?: unknown }
  body?: unknown
}
