import type { Answer, Exchange, Route } from '@sallyport/core'
import type { IssuerSettings } from '../settings.ts'
import type { TokenIssuer } from '../token-issuer.ts'
import type { ClientReader } from './client-of.ts'
import type { RefreshCookie } from './cookie.ts'

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

/** A route, by the name that events show. */
export interface Routed extends Route {
  readonly name: string
  answer(exchange: Exchange): Promise<Answer>
}

export function post(prefix: string, name: string, answer: Routed['answer']): Routed {
  return { name, method: 'POST', path: `${prefix}/${name}`, answer }
}
