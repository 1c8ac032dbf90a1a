import type { Environment } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import type { TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose'
import { guarded, type GuardedApp } from '../../support/app.ts'
import { AUDIENCE, ISSUER } from './nodes.ts'

/** An app that takes tokens of the issuer, by the keys that it publishes now. */
export async function acceptorOf(issuer: TokenIssuer, env: Environment): Promise<GuardedApp> {
  const auth = jwtAuth({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: await issuer.jwks(),
    env,
  })
  return guarded(auth, ({ principal }) => ({ principal }))
}

/** What a token says, unverified. */
export function read(token: string): { readonly header: ProtectedHeaderParameters; readonly claims: JWTPayload } {
  return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
}
