import type { Exchange } from '@sallyport/core'
import { mfaError } from './errors.ts'

/** The fields of a request's body. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the fields of a request, JSON or a form; none where there is no body.
 * @throws SecurityError ERR_MFA_REQUEST (400); ERR_BODY_MALFORMED (400), ERR_BODY_TOO_LARGE (413), ERR_BODY_TYPE (415)
 */
export async function readFields(exchange: Exchange, limit: number): Promise<Fields> {
  const { value } = await exchange.readBody(limit)
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mfaError('ERR_MFA_REQUEST')
  return value as Fields
}

/**
 * A field that is a text; nothing where it is absent or empty.
 * @throws SecurityError ERR_MFA_REQUEST (400) for one that came several times, is too long, or is no text
 */
export function field(fields: Fields, name: string, longest = 1000): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > longest) throw mfaError('ERR_MFA_REQUEST')
  return value
}

/** A field that must be there. @throws SecurityError ERR_MFA_REQUEST (400) */
export function requiredField(fields: Fields, name: string, longest?: number): string {
  const value = field(fields, name, longest)
  if (value === undefined) throw mfaError('ERR_MFA_REQUEST')
  return value
}

/** A field that holds an object, or a text with one as JSON, as forms send it. @throws SecurityError ERR_MFA_REQUEST (400) */
export function objectField(fields: Fields, name: string): Readonly<Record<string, unknown>> {
  const given = Object.hasOwn(fields, name) ? fields[name] : undefined
  const value = typeof given === 'string' ? parsed(given) : given
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mfaError('ERR_MFA_REQUEST')
  return value as Readonly<Record<string, unknown>>
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
