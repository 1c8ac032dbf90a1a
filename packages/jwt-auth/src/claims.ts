import type { Actor } from '@sallyport/core'
import { Refusal } from './errors.ts'

/** The claims of a verified token. Frozen, also inside. Times are in seconds since the Unix epoch. */
export interface JwtClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
  readonly [name: string]: unknown
}

type Claims = Readonly<Record<string, unknown>>

/** Lone surrogates have no UTF-8, so two of them would be one key in a store. */
const loneSurrogate = /\p{Cs}/u

function wrong(name: string, kind: string): Refusal {
  return new Refusal('ERR_JWT_CLAIMS', `\`${name}\` is not ${kind}`)
}

/** A claim that is a string, and not an empty one; nothing when it is absent. */
export function stringClaim(claims: Claims, name: string): string | undefined {
  if (!Object.hasOwn(claims, name)) return undefined
  const value = claims[name]
  if (typeof value !== 'string' || value === '' || loneSurrogate.test(value)) throw wrong(name, 'a non-empty string')
  return value
}

/** A claim that must be there. */
export function requiredString(claims: Claims, name: string): string {
  const value = stringClaim(claims, name)
  if (value === undefined) throw new Refusal('ERR_JWT_CLAIMS', `\`${name}\` is missing`)
  return value
}

/** A claim that is a time (RFC 7519, section 2); nothing when it is absent. JSON can write numbers that are infinite. */
export function timeClaim(claims: Claims, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined
  const value = claims[name]
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrong(name, 'a time')
  return value
}

/** A claim that is a list of non-empty strings; nothing when it is absent. */
export function stringsClaim(claims: Claims, name: string): readonly string[] | undefined {
  return Object.hasOwn(claims, name) ? stringsOf(claims[name], name) : undefined
}

function stringsOf(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && one !== '')) {
    throw wrong(name, 'a list of non-empty strings')
  }
  return value as string[]
}

/** The scopes: `scope` (RFC 9068), else `scp`, as words in a string or as a list. Nothing when there is neither. */
export function scopesOf(claims: Claims): readonly string[] | undefined {
  const name = ['scope', 'scp'].find((one) => Object.hasOwn(claims, one))
  if (name === undefined) return undefined
  const value = claims[name]
  if (typeof value === 'string') {
    const words = value.split(' ')
    return words.includes('') ? words.filter((word) => word !== '') : words
  }
  return stringsOf(value, name)
}

/** The roles at the end of a path of member names; none when the path leads nowhere. One role may stand without a list. */
export function rolesOf(claims: Claims, path: readonly string[]): readonly string[] {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path.join('.'), 'there')
    if (!Object.hasOwn(value, name)) return []
    value = (value as Claims)[name]
  }
  return typeof value === 'string' && value !== '' ? [value] : stringsOf(value, path.join('.'))
}

/** Who acts for the subject (RFC 8693, section 4.1). */
export function actorOf(claims: Claims): Actor | undefined {
  if (!Object.hasOwn(claims, 'act')) return undefined
  const act = claims['act']
  if (typeof act !== 'object' || act === null || Array.isArray(act)) throw wrong('act', 'an object')
  const issuer = stringClaim(act as Claims, 'iss')
  const actor = actorOf(act as Claims)
  return Object.freeze({
    subject: requiredString(act as Claims, 'sub'),
    ...(issuer !== undefined && { issuer }),
    ...(actor && { actor }),
  })
}

/** The audiences of a token. */
export function audiencesOf(claims: Claims): readonly string[] {
  const { aud } = claims
  return typeof aud === 'string' ? [aud] : stringsOf(aud, 'aud')
}
