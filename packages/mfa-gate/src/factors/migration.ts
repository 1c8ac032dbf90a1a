import { optionError, type OptionRule } from '@sallyport/core'
import { ScureBase32Plugin } from 'otplib'
import { fieldsOf, type Field } from './protobuf.ts'
import { LEAST_SECRET_BYTES } from './totp-code.ts'
import type { TotpImportOptions } from './totp-import.ts'

/** One secret of an export, as `import()` takes it. */
export interface ExportedSecret extends Required<Omit<TotpImportOptions, 'encoding'>> {
  /** The account, such as `Shop:ada@example.com`; may be empty. */
  readonly name: string
  readonly issuer: string
}

/** What stands in one QR code of an export. */
export interface AuthenticatorExport {
  readonly secrets: readonly ExportedSecret[]
  /** Secrets that make no codes by time, or by an algorithm or with a number of digits that is not supported. */
  readonly skipped: number
  /** Which of how many QR codes this is, counted from 1. */
  readonly part: number
  readonly parts: number
}

/** One QR code holds less than 3000 bytes. */
const LONGEST = 8000
const MOST_SECRETS = 100

const rule: OptionRule = {
  accepts: 'what a QR code of Google Authenticator’s export holds: otpauth-migration://offline?data=…',
  test: (v) => typeof v === 'string' && v.length <= LONGEST,
  secret: true,
}

const base32 = new ScureBase32Plugin()
// Zero stands for what the first number does: older versions write none.
const ALGORITHMS = ['sha1', 'sha1', 'sha256', 'sha512'] as const
const DIGITS = [6, 6, 8] as const
const TOTP = 2

/**
 * Reads an export of Google Authenticator, for `mfa.import()`. The user's other accounts are in it too: import what has your own issuer, and keep
 * nothing of the rest.
 * @throws SecurityError ERR_OPTION, which never shows what was given
 */
export function readAuthenticatorExport(address: string): AuthenticatorExport {
  const read = rule.test(address) ? payloadOf(address) : undefined
  if (read === undefined) throw optionError('readAuthenticatorExport', 'address', address, rule)
  return read
}

function payloadOf(address: string): AuthenticatorExport | undefined {
  const data = /^otpauth-migration:\/\/offline\/?\?(?:[^#]*&)?data=([^&#]+)/i.exec(address)?.[1]
  const bytes = data === undefined ? undefined : bytesOf(data)
  const fields = bytes && fieldsOf(bytes)
  if (fields === undefined) return undefined
  const all = fields.filter(({ number }) => number === 1)
  if (all.length === 0 || all.length > MOST_SECRETS) return undefined
  const secrets: ExportedSecret[] = []
  for (const { value } of all) {
    const inner = typeof value === 'number' ? undefined : fieldsOf(value)
    if (inner === undefined) return undefined
    const secret = secretOf(inner)
    if (secret === 'malformed') return undefined
    if (secret !== undefined) secrets.push(secret)
  }
  const part = numberIn(fields, 4) + 1
  return { secrets, skipped: all.length - secrets.length, part, parts: Math.max(part, numberIn(fields, 3)) }
}

function secretOf(fields: readonly Field[]): ExportedSecret | 'malformed' | undefined {
  const bytes = bytesIn(fields, 1)
  const [name, issuer] = [textIn(fields, 2), textIn(fields, 3)]
  if (bytes === undefined || bytes.length < LEAST_SECRET_BYTES || name === undefined || issuer === undefined)
    return 'malformed'
  const [algorithm, digits] = [ALGORITHMS[numberIn(fields, 4)], DIGITS[numberIn(fields, 5)]]
  if (numberIn(fields, 6) !== TOTP || algorithm === undefined || digits === undefined) return undefined
  // The format has no period: all of its codes change every 30 seconds.
  return { secret: base32.encode(bytes), digits, period: 30, algorithm, name, issuer }
}

function bytesOf(data: string): Uint8Array | undefined {
  let text: string
  try {
    text = decodeURIComponent(data)
  } catch {
    return undefined
  }
  // A plus sign that went through a form is a space.
  const base64 = text.replaceAll(' ', '+')
  return /^[\w+/-]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined
}

function last(fields: readonly Field[], number: number): Field['value'] | undefined {
  return fields.findLast((field) => field.number === number)?.value
}

function numberIn(fields: readonly Field[], number: number): number {
  const value = last(fields, number)
  return typeof value === 'number' ? value : 0
}

function bytesIn(fields: readonly Field[], number: number): Uint8Array | undefined {
  const value = last(fields, number)
  return typeof value === 'number' ? undefined : value
}

function textIn(fields: readonly Field[], number: number): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesIn(fields, number) ?? new Uint8Array())
  } catch {
    return undefined
  }
}
