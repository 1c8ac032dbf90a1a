import { createHmac, hkdfSync } from 'node:crypto'
import type { AuditPerson } from '../record/event.ts'

/** A person by their account. */
export interface PersonId {
  readonly issuer: string
  readonly tenant?: string
  readonly subject: string
}

/** Those who are logged in nowhere, of one day: addresses are personal, too, and one key for each would be as many as an attacker likes. */
export function strangersOf(time: string): PersonId {
  return { issuer: 'sallyport:anonymous', subject: time.slice(0, 10) }
}

export function personOf({ issuer = 'local', tenant, subject }: AuditPerson): PersonId {
  return { issuer, ...(tenant !== undefined && { tenant }), subject }
}

/** A key of its own for each use that is made of the log's key. */
export function derivedKey(logKey: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', logKey, '', `sallyport audit ${use}`, 32))
}

/** Under which name a person's number is kept: not to be guessed without the log's key. */
export function nameOf(key: Uint8Array, { issuer, tenant, subject }: PersonId): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([issuer, tenant ?? null, subject]))
    .digest('hex')
    .slice(0, 40)
}
