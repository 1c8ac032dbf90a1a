import {
  acceptNumber,
  acceptOneOf,
  checkOptions,
  optionError,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { ScureBase32Plugin } from 'otplib'
import { LEAST_SECRET_BYTES, type TotpSecret } from './totp-code.ts'

/** A secret from another system, such as speakeasy, otplib 12 or Google Authenticator. */
export interface TotpImportOptions {
  /** The secret, or a whole `otpauth://totp/…` address. */
  readonly secret: string
  /** How it is written: speakeasy has all three of them. @default 'base32' */
  readonly encoding?: 'base32' | 'hex' | 'ascii'
  /** @default 6 */
  readonly digits?: 6 | 8
  /** Seconds. @default 30 */
  readonly period?: number
  /** @default 'sha1' */
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
}

const secretRule: OptionRule = {
  accepts: `a secret of at least ${LEAST_SECRET_BYTES} bytes in its encoding, or an address otpauth://totp/…`,
  test: (v) => typeof v === 'string' && v !== '' && v.length <= 1000,
  secret: true,
}

const rules: OptionRules<TotpImportOptions> = {
  secret: secretRule,
  encoding: acceptOneOf('base32', 'hex', 'ascii'),
  digits: { accepts: '6 or 8', test: (v) => v === 6 || v === 8 },
  period: acceptNumber('seconds', 15, 300),
  algorithm: acceptOneOf('sha1', 'sha256', 'sha512'),
}

const base32 = new ScureBase32Plugin()

/** @throws SecurityError ERR_OPTION, which never shows the secret */
export function readTotpSecret(given: unknown): TotpSecret {
  checkOptions<TotpImportOptions>('totp import', given, rules)
  if (given.secret === undefined) throw optionError('totp import', 'secret', undefined, secretRule)
  const from = given.secret.startsWith('otpauth:') ? fromAddress(given.secret) : given
  const { secret, encoding = 'base32', digits = 6, period = 30, algorithm = 'sha1' } = from
  const bytes = bytesOf(secret, encoding)
  if (bytes === undefined || bytes.length < LEAST_SECRET_BYTES)
    throw optionError('totp import', 'secret', given.secret, secretRule)
  return { secret: base32.encode(bytes), digits, period, algorithm }
}

function bytesOf(secret: string, encoding: 'base32' | 'hex' | 'ascii'): Uint8Array | undefined {
  if (encoding === 'ascii') return Buffer.from(secret, 'latin1')
  if (encoding === 'hex') return /^(?:[\da-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined
  // As people copy them: in small letters, in groups, with padding.
  const letters = secret.replaceAll(/[\s=-]/g, '').toUpperCase()
  return /^[A-Z2-7]+$/.test(letters) ? decoded(letters) : undefined
}

/** By hand: whoever made the secret may have left bits over at its end, which strict decoders refuse. */
function decoded(letters: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of letters) {
    held = ((held << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}

function fromAddress(address: string): TotpImportOptions {
  const wrong = (): Error => optionError('totp import', 'secret', address, secretRule)
  if (!URL.canParse(address)) throw wrong()
  const { host, searchParams } = new URL(address)
  const number = (name: string): number | undefined => {
    const text = searchParams.get(name)
    return text === null ? undefined : Number(text)
  }
  const parts = {
    secret: searchParams.get('secret') ?? '',
    digits: number('digits') ?? 6,
    period: number('period') ?? 30,
    algorithm: (searchParams.get('algorithm') ?? 'sha1').toLowerCase(),
  }
  if (host !== 'totp' || parts.secret.startsWith('otpauth:')) throw wrong()
  checkOptions<TotpImportOptions>('totp import', parts, rules)
  return parts
}
