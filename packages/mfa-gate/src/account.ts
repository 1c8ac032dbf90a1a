import { hash, randomBytes } from 'node:crypto'
import type { AccountId, Principal } from '@sallyport/core'

/** The account alone, of whatever carries one. */
export function accountOf({ issuer, tenant, subject }: AccountId): AccountId {
  return { issuer, ...(tenant !== undefined && { tenant }), subject }
}

/** The partition of all that an account has here. Tells nothing of the account to who does not know it. */
export function partitionOf(account: AccountId): string {
  return `mfa:${accountTag(account)}`
}

/** Names an account in keys and cookies. */
export function accountTag({ issuer, tenant, subject }: AccountId): string {
  return tagOf([issuer, tenant ?? null, subject])
}

/**
 * Names the login that a principal came by, as well as it can be told: its session, else its credential, else when it was. What was begun
 * in one login is not finished in another.
 */
export function loginTag({ sid, credential, authTime }: Principal): string {
  return tagOf([
    sid ?? null,
    sid === undefined ? (credential.id ?? null) : null,
    sid === undefined ? (authTime ?? null) : null,
  ])
}

/** A name that nobody guesses, of 120 bits. */
export function drawId(): string {
  return randomBytes(15).toString('base64url')
}

function tagOf(words: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(words), 'base64url').slice(0, 24)
}
