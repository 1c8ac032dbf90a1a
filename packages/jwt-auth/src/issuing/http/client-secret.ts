import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { coreError } from '@sallyport/core'
import { guessable } from '../../keys/secret.ts'

/** A client's secret, to be given to the client once, and what the configuration keeps of it. */
export interface NewClientSecret {
  readonly secret: string
  readonly secretHash: string
}

const LEAST = 32
const form = /^sha256:[\w-]{43}$/

/** Draws a secret of 256 bits. */
export function createClientSecret(): NewClientSecret {
  const secret = randomBytes(32).toString('base64url')
  return { secret, secretHash: hashClientSecret(secret) }
}

/**
 * What the configuration keeps of a secret: its SHA-256. That is enough for what was drawn at random, and only such secrets are taken.
 * @throws SecurityError ERR_OPTION for one that is short or can be guessed
 */
export function hashClientSecret(secret: string): string {
  const weakness = secret.length < LEAST ? `shorter than ${LEAST} characters` : guessable(Buffer.from(secret))
  if (weakness !== undefined) {
    throw coreError('ERR_OPTION', {
      message: `hashClientSecret: the secret is ${weakness}; accepted is one drawn at random, such as createClientSecret() does`,
    })
  }
  return digest(secret)
}

/** Whether a text is what `hashClientSecret` makes. */
export function isSecretHash(value: unknown): value is string {
  return typeof value === 'string' && form.test(value)
}

/** Whether a secret is one of those. Takes as long whichever it is, or none. */
export function matchesSecret(secret: string, hashes: readonly string[]): boolean {
  const given = Buffer.from(digest(secret))
  return hashes.filter((one) => timingSafeEqual(given, Buffer.from(one))).length > 0
}

function digest(secret: string): string {
  return `sha256:${hash('sha256', secret, 'base64url')}`
}
