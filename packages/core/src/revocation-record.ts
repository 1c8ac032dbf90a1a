import type { Revocation } from './revocations.ts'

/** The store has lost everything that was recorded before: a living node has seen it, and tells those that start later. */
export interface Loss {
  readonly kind: 'loss'
  /** Whatever was issued before or in this second may have been revoked. */
  readonly notAfter: number
}

const FORM = 1

/** A record of the log: JSON with the version of its form. Members that this version does not know are ignored. */
export function encodeRecord(record: Revocation | Loss): Uint8Array {
  // Picked: nothing else that a caller's object may carry reaches the store.
  return encoder.encode(JSON.stringify({ v: FORM, ...(record.kind === 'loss' ? record : pickRevocation(record)) }))
}

const encoder = new TextEncoder()

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads a record; `undefined` for what this version cannot understand. */
export function decodeRecord(bytes: Uint8Array): Revocation | Loss | undefined {
  let record: unknown
  try {
    record = JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
  if (typeof record !== 'object' || record === null || (record as { v?: unknown }).v !== FORM) return undefined
  const { kind, notAfter } = record as { kind?: unknown; notAfter?: unknown }
  if (kind === 'loss') return isTime(notAfter) ? { kind, notAfter } : undefined
  return wrongPart(record) === undefined ? pickRevocation(record as Revocation) : undefined
}

/** What of a caller's object is a revocation. */
export function pickRevocation(revocation: Revocation): Revocation {
  const { kind, issuer, expiresAt, reason } = revocation
  if (kind !== 'subject') return { kind, issuer, id: revocation.id, expiresAt, reason }
  const { tenant, subject, notAfter } = revocation
  return { kind, issuer, ...(tenant !== undefined && { tenant }), subject, notAfter, expiresAt, reason }
}

/** Longest string in a record, in UTF-16 code units. */
const LONGEST = 4096

/** Later is no time in seconds but one in milliseconds: the year 5138. */
const LATEST = 100_000_000_000

/** A part of a revocation that is wrong. */
export interface WrongPart {
  readonly name: string
  readonly accepts: string
}

/** The first wrong part of what should be a revocation. */
export function wrongPart(given: object): WrongPart | undefined {
  const part = given as { readonly [name: string]: unknown }
  const { kind } = part
  if (kind !== 'token' && kind !== 'session' && kind !== 'subject') {
    return { name: 'kind', accepts: "'token', 'session' or 'subject'" }
  }
  for (const name of kind === 'subject' ? ['issuer', 'subject'] : ['issuer', 'id']) {
    if (!isText(part[name]) || part[name] === '')
      return { name, accepts: `a non-empty string of at most ${LONGEST} characters` }
  }
  for (const name of kind === 'subject' && part['tenant'] !== undefined ? ['tenant', 'reason'] : ['reason']) {
    if (!isText(part[name])) return { name, accepts: `a string of at most ${LONGEST} characters` }
  }
  for (const name of kind === 'subject' ? ['notAfter', 'expiresAt'] : ['expiresAt']) {
    if (!isTime(part[name])) return { name, accepts: 'a time in seconds (not milliseconds) since the Unix epoch' }
  }
  return undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < LATEST
}
