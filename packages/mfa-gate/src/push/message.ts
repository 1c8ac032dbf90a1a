import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'

/** What a phone decides. */
export type Decision = 'approve' | 'deny'

/** An answer of a phone, as it is signed: every part of it, so that none can be changed on its way. */
export interface PushAnswer {
  /** The challenge's name. */
  readonly challenge: string
  readonly decision: Decision
  /** What the user has typed; empty for a denial. */
  readonly number: string
  /** SHA-256 of the action; empty for a login. */
  readonly action: string
}

/** The text that a phone signs. */
export function signedText({ challenge, decision, number, action }: PushAnswer): string {
  return ['mfa-push', challenge, decision, number, action].join('\n')
}

/** Whether an answer was signed by a key: ECDSA on P-256 with SHA-256, as browsers sign (IEEE P1363). */
export function isSigned(text: string, signature: string, key: string): boolean {
  const bytes = Buffer.from(signature, 'base64url')
  const publicKey = publicKeyOf(key)
  if (publicKey === undefined || bytes.length !== 64) return false
  return verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)
}

/** Reads a key of P-256, as base64url of its SPKI; nothing for any other. */
export function publicKeyOf(key: string): KeyObject | undefined {
  try {
    const made = createPublicKey({ key: Buffer.from(key, 'base64url'), format: 'der', type: 'spki' })
    return made.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? made : undefined
  } catch {
    return undefined
  }
}

/** By what a phone says which of an account's it is. */
export function deviceOf(key: string): string {
  return hash('sha256', Buffer.from(key, 'base64url'), 'base64url')
}
