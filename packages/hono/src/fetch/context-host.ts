import type { Principal } from '@sallyport/core'
import type { Context } from 'hono'
import { parsedBody, replaceParsed } from '../parsed-body.ts'
import type { FetchHost } from './fetch-exchange.ts'

/** Hono's context where Node is not underneath. */
export class ContextHost implements FetchHost {
  readonly kind = 'hono'
  readonly seen: Context

  constructor(c: Context) {
    this.seen = c
  }

  get body(): unknown {
    return parsedBody(this.seen)
  }

  replaceBody(value: unknown): void {
    replaceParsed(this.seen, value)
  }

  showPrincipal(principal: Principal): void {
    this.seen.set('principal', principal)
  }
}
