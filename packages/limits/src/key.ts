import { hash } from 'node:crypto'
import { addressKey, type Exchange, type Principal } from '@sallyport/core'
import type { Counted } from './options.ts'

/** Under what a request is counted; `undefined` where it is not limited. */
export function keyOf(exchange: Exchange, by: Counted): string | undefined {
  if (typeof by === 'function') {
    const given = by(exchange)
    return given === undefined ? undefined : `f-${digest([given])}`
  }
  const { principal } = exchange
  const found = by === 'address' || principal === undefined ? undefined : tagOf(principal, by)
  return found ?? `a-${addressKey(exchange.clientAddress) || 'unknown'}`
}

function tagOf(principal: Principal, by: 'principal' | 'credential' | 'client'): string | undefined {
  const { issuer, tenant, subject, credential } = principal
  switch (by) {
    case 'principal':
      return `p-${digest([issuer, tenant, subject])}`
    case 'credential':
      return credential.id === undefined ? undefined : `c-${digest([issuer, credential.kind, credential.id])}`
    case 'client': {
      const client = clientOf(principal)
      return client === undefined ? undefined : `o-${digest([issuer, client])}`
    }
  }
}

/** The OAuth client that a token was issued to (RFC 9068, section 2.2; `azp` of OpenID Connect Core 1.0, section 2). */
function clientOf(principal: Principal): string | undefined {
  const { claims } = principal as Principal & { readonly claims?: Readonly<Record<string, unknown>> }
  const client = claims?.['client_id'] ?? claims?.['azp']
  return typeof client === 'string' ? client : undefined
}

/** Names of accounts and ids of credentials do not stand in the limiter's server. */
function digest(parts: readonly (string | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22)
}
