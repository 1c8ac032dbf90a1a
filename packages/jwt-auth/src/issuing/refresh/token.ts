import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AccountId } from '@sallyport/core'

/** Where a family of refresh tokens lives: in the partition of its account, so that an account's families are listed together. */
export interface FamilyPlace {
  /** Names the account, and tells nothing of it to who does not know it. */
  readonly account: string
  readonly family: string
}

/** A refresh token taken apart. Nothing in it is verified. */
export interface PresentedRefreshToken extends FamilyPlace {
  /** 256 random bits: what makes it valid. */
  readonly secret: Buffer
  /** Shows that the family has once given out this secret, when nobody remembers it any more. */
  readonly mark: Buffer
}

// 15 + 15 + 32 + 16 bytes; each pair begins on a whole character, and none leaves stray bits: one token has one spelling.
const PREFIX = 'rt1_'
const form = /^rt1_([\w-]{20})([\w-]{20})([\w-]{64})$/

/** Reads a refresh token; nothing where it is none. */
export function parseRefreshToken(text: string): PresentedRefreshToken | undefined {
  const [, account, family, last] = form.exec(text) ?? []
  if (account === undefined || family === undefined || last === undefined) return undefined
  const bytes = Buffer.from(last, 'base64url')
  return { account, family, secret: bytes.subarray(0, 32), mark: bytes.subarray(32) }
}

/** Whether a text is written as refresh tokens are. */
export function looksLikeRefreshToken(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** Writes the refresh token of a family with this secret. `key`: what the family marks its tokens with. */
export function writeRefreshToken({ account, family }: FamilyPlace, secret: Uint8Array, key: Uint8Array): string {
  return `${PREFIX}${account}${family}${Buffer.concat([secret, markOf(secret, key)]).toString('base64url')}`
}

/** The first secret, or the next. */
export function drawSecret(): Buffer {
  return randomBytes(32)
}

/** A place for a new family of an account. */
export function drawPlace(account: AccountId): FamilyPlace {
  return { account: accountTag(account), family: randomBytes(15).toString('base64url') }
}

/** The partition of an account's families. */
export function accountTag({ issuer, tenant, subject }: AccountId): string {
  const name = JSON.stringify([issuer, tenant ?? null, subject])
  return hash('sha256', name, 'base64url').slice(0, 20)
}

/** All that is kept of a secret. */
export function digestOf(secret: Uint8Array): string {
  return hash('sha256', secret, 'base64url')
}

/** Whether a secret is the one of which this digest was kept. */
export function isDigestOf(digest: string, secret: Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(digest), Buffer.from(digestOf(secret)))
}

/** Whether the family with this key has once given out the token. */
export function isMarked({ secret, mark }: PresentedRefreshToken, key: Uint8Array): boolean {
  return timingSafeEqual(mark, markOf(secret, key))
}

function markOf(secret: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(secret).digest().subarray(0, 16)
}
