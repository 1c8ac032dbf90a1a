import { consultRevocations, type Actor, type Principal } from '@sallyport/core'
import type { JWTPayload } from 'jose'
import { JOSEError } from 'jose/errors'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { jwtVerify } from 'jose/jwt/verify'
import { actorOf } from '../claims.ts'
import { parseCompact } from '../compact.ts'
import { Refusal } from '../errors.ts'
import type { IssuerSettings } from './settings.ts'

/** The claims of an access token that this issuer has signed. */
export interface OwnClaims extends JWTPayload {
  readonly sub: string
  readonly aud: string | string[]
  readonly exp: number
  readonly iat: number
  readonly jti: string
  readonly client_id: string
  readonly sid: string
}

/** Largest token that is looked at, in bytes. */
const LARGEST = 8192

/**
 * The claims of an access token of this issuer, whatever it is for; nothing for any other text, for one that has ended, and for one that
 * was revoked.
 * @throws SecurityError ERR_STORE_UNAVAILABLE, ERR_ISSUER_KEYS (503)
 */
export async function readOwnToken(settings: IssuerSettings, token: string): Promise<OwnClaims | undefined> {
  const claims = await verified(settings, token)
  if (claims === undefined) return undefined
  const hit = await consultRevocations(settings.environment, principalOfClaims(settings, claims), 'closed')
  return hit === undefined ? claims : undefined
}

async function verified({ keys, issuer, environment }: IssuerSettings, token: string): Promise<OwnClaims | undefined> {
  try {
    parseCompact(token, LARGEST)
    const { kid } = decodeProtectedHeader(token)
    const key = (await keys.all()).find((one) => one.kid === kid)
    if (key === undefined) return undefined
    const { payload } = await jwtVerify(token, key.verifies, {
      // The key's own, never the token's word: or a public key could be taken for a shared secret.
      algorithms: [key.alg],
      issuer,
      typ: 'at+jwt',
      requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'sid'],
      currentDate: new Date(environment.clock.now()),
    })
    return payload as OwnClaims
  } catch (thrown) {
    if (thrown instanceof JOSEError || thrown instanceof Refusal) return undefined
    throw thrown
  }
}

/** Whom a token speaks of. */
export function principalOfClaims({ issuer, tenantClaim }: IssuerSettings, claims: OwnClaims): Principal {
  const { [tenantClaim]: tenant } = claims
  const actor: Actor | undefined = actorOf(claims)
  return {
    issuer,
    subject: claims.sub,
    ...(typeof tenant === 'string' && { tenant }),
    ...(actor && { actor }),
    sid: claims.sid,
    roles: [],
    amr: [],
    credential: { kind: 'bearer', ambient: false, id: claims.jti, issuedAt: claims.iat, expiresAt: claims.exp },
  }
}
