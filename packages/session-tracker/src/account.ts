import { hash } from 'node:crypto'
import type { AccountId, EventAccount } from '@sallyport/core'

/** Names an account, and tells nothing of it to who does not know it. */
export function tagOf({ issuer, tenant, subject }: AccountId): string {
  return hash('sha256', JSON.stringify([issuer, tenant ?? null, subject]), 'base64url').slice(0, 20)
}

/** Where all that is known of an account's sessions is kept, so that it can change together. */
export function partitionOf(tag: string): string {
  return `s:${tag}`
}

/** The account alone, of a principal or whatever else belongs to one. */
export function accountOf({ issuer, tenant, subject }: AccountId): AccountId {
  return tenant === undefined ? { issuer, subject } : { issuer, tenant, subject }
}

/** An account as events have it. */
export function eventAccount(account: AccountId, sid?: string): EventAccount {
  return { ...accountOf(account), ...(sid !== undefined && { sid }) }
}
