import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { accountTag, drawId, partitionOf } from './account.ts'
import type { AccountId } from '@sallyport/core'

/** A secret that whoever holds it may use once: it names its account to the store, and to nobody else. */
export interface DrawnTicket {
  readonly text: string
  readonly id: string
  /** All that is kept of the secret. */
  readonly digest: string
}

/** A ticket taken apart. Nothing in it is verified. */
export interface PresentedTicket {
  readonly partition: string
  readonly id: string
  readonly secret: string
}

export function drawTicket(account: AccountId): DrawnTicket {
  const id = drawId()
  const secret = randomBytes(32).toString('base64url')
  return { text: `mt1_${accountTag(account)}.${id}.${secret}`, id, digest: digestOf(secret) }
}

export function parseTicket(text: string): PresentedTicket | undefined {
  const [, tag, id, secret] = /^mt1_([\w-]{24})\.([\w-]{20})\.([\w-]{43})$/.exec(text) ?? []
  return tag === undefined ? undefined : { partition: `mfa:${tag}`, id: id!, secret: secret! }
}

export function isTicketOf(account: AccountId, { partition }: PresentedTicket): boolean {
  return partition === partitionOf(account)
}

export function isSecretOf(digest: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(digest), Buffer.from(digestOf(secret)))
}

function digestOf(secret: string): string {
  return hash('sha256', secret, 'base64url')
}
