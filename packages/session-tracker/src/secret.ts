import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Characters of 128 bits. */
const LENGTH = 22

/** All that is kept of a session's secret id. */
export function keyOf(secret: string): string {
  return hash('sha256', `session-tracker.key\0${secret}`, 'base64url').slice(0, LENGTH)
}

/** The public id of a session that was there before it was tracked: the same on every node, and of no use as a secret. */
export function sidOf(secret: string): string {
  return hash('sha256', `session-tracker.sid\0${secret}`, 'base64url').slice(0, LENGTH)
}

/** A public id, or any other name that nobody else draws. */
export function drawId(): string {
  return randomBytes(16).toString('base64url')
}

/** 256 bits: what nobody guesses. */
export function drawSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The mark that only who has the key can make. */
export function markOf(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, LENGTH)
}

/** Compares two texts in a time that depends on their length alone. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
