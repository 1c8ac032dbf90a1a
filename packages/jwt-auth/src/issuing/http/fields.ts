import type { Exchange } from '@sallyport/core'
import { issuerError } from '../errors.ts'

/** The fields of a request's body. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the fields of a request: a form, or on routes of the app's own also JSON.
 * @throws SecurityError ERR_ISSUER_REQUEST (400); ERR_BODY_MALFORMED (400), ERR_BODY_TOO_LARGE (413), ERR_BODY_TYPE (415)
 */
export async function readFields(exchange: Exchange, limit: number, kind: 'form' | 'form or JSON'): Promise<Fields> {
  const { type, value } = await exchange.readBody(limit)
  if (value === undefined) return {}
  if (kind === 'form' && type !== 'application/x-www-form-urlencoded') throw issuerError('ERR_ISSUER_REQUEST')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw issuerError('ERR_ISSUER_REQUEST')
  return value as Fields
}

/**
 * A field; nothing where it is absent or empty (RFC 6749, section 3.2).
 * @throws SecurityError ERR_ISSUER_REQUEST for one that came several times, or is no text
 */
export function field(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw issuerError('ERR_ISSUER_REQUEST')
  return value
}

/** A field that must be there. @throws SecurityError ERR_ISSUER_REQUEST */
export function requiredField(fields: Fields, name: string): string {
  const value = field(fields, name)
  if (value === undefined) throw issuerError('ERR_ISSUER_REQUEST')
  return value
}

/** The field `scope`: its words (RFC 6749, section 3.3). */
export function scopesIn(fields: Fields): readonly string[] | undefined {
  return field(fields, 'scope')
    ?.split(' ')
    .filter((word) => word !== '')
}
