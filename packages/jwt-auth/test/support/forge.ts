import { sign } from 'node:crypto'
import { jwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, type Answered } from './app.ts'
import { makeKey } from './signing-key.ts'
import { accessToken } from './test-issuer.ts'

export const issuer = 'https://id.example.com/'
export const audience = 'orders-api'
export const ec = makeKey('ES256', 'ec-1')
export const rsa = makeKey('RS256', 'rsa-1')

export const claims = (): Record<string, unknown> => accessToken(issuer, audience)

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token of any parts. */
export function forge(header: object, payload: unknown, signature: string | Buffer = ''): string {
  const last = typeof signature === 'string' ? signature : signature.toString('base64url')
  return `${part({ typ: 'at+jwt', ...header })}.${part(payload)}.${last}`
}

/** A good signature over any text, as nobody but the issuer can make. */
export function sealed(input: string): string {
  return `${input}.${sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** A token of any parts with a good signature. */
export function signed(header: object, payload: unknown): string {
  return sealed(forge(header, payload).slice(0, -1))
}

/** Asks an app that trusts both keys. */
export async function attack(options: Partial<JwtAuthOptions> = {}): Promise<(token: string) => Promise<Answered>> {
  const jwks = { keys: [ec.jwk, rsa.jwk] }
  const auth = jwtAuth({ issuer, audience, jwks, ...options, env: testEnvironment() } as JwtAuthOptions)
  const { ask } = await guarded(auth)
  return ask
}
