import type { Answer, Exchange } from '@sallyport/core'
import type { IssuerSettings } from '../settings.ts'
import type { TokenIssuer } from '../token-issuer.ts'
import type { ClientReader } from './client-of.ts'
import type { RefreshCookie } from './cookie.ts'

/** What is at one path. */
export interface Route {
  /** Shown in events. */
  readonly name: string
  readonly method: 'GET' | 'POST'
  answer(exchange: Exchange): Promise<Answer>
}

/** What routes are made with. */
export interface RouteContext {
  readonly issuer: TokenIssuer
  readonly settings: IssuerSettings
  readonly prefix: string
  readonly maxBodyBytes: number
  readonly clientOf: ClientReader
  readonly cookie: RefreshCookie | undefined
  /** Thumbprint of the key whose possession the request proves; nothing where it proves none. */
  readonly proofKeyOf: (exchange: Exchange) => Promise<{ readonly proofKey?: string }>
}

/** A route with its path. */
export type Routed = readonly [path: string, Route]

export function post(prefix: string, name: string, answer: Route['answer']): Routed {
  return [`${prefix}/${name}`, { name, method: 'POST', answer }]
}
