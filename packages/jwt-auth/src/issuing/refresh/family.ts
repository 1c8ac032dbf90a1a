import type { SettledGrant } from '../grant.ts'
import { isDigestOf, isMarked, type PresentedRefreshToken } from './token.ts'

/** A refresh token that was used a moment ago. */
export interface Predecessor {
  readonly digest: string
  /** When it was used, in milliseconds since the Unix epoch. */
  readonly usedAt: number
  /** The secret that follows it, sealed under this one's. */
  readonly successor: string
}

interface FamilyBase {
  readonly grant: SettledGrant
  readonly sid: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  /** When the last access token ends that came with it, in seconds since the Unix epoch. */
  readonly accessEnd: number
}

/** One login of one client: all refresh tokens that follow from it, of which one is valid. */
export interface LiveFamily extends FamilyBase {
  readonly state: 'live'
  /** Digest of the secret that is valid. */
  readonly current: string
  /** Those before it that are still within their grace, oldest first. */
  readonly before: readonly Predecessor[]
  /** What its tokens are marked with, as base64url. Of use for nothing but to tell an old token from a made-up one. */
  readonly key: string
  /** Thumbprint of the DPoP key that it is bound to. */
  readonly proofKey?: string
  /** Milliseconds since the Unix epoch. */
  readonly usedAt: number
  /** When it ends even if it is used, in milliseconds since the Unix epoch. */
  readonly endsAt: number
}

/** One that was ended before its time. Kept until its access tokens end, so that whatever revokes them can be made up for. */
export interface EndedFamily extends FamilyBase {
  readonly state: 'ended'
  readonly reason: string
}

export type Family = LiveFamily | EndedFamily

const FORM = 1

/** Writes a family: one record, so that one compare-and-set changes all of it. */
export function encodeFamily(family: Family): Uint8Array {
  return Buffer.from(JSON.stringify({ v: FORM, ...family }))
}

/** Reads a family. Throws for one that a later version has written: to guess what it means would be to let in by mistake. */
export function decodeFamily(bytes: Uint8Array): Family {
  const { v, ...family } = JSON.parse(Buffer.from(bytes).toString()) as Family & { readonly v: unknown }
  if (v !== FORM) throw new TypeError('A family of refresh tokens in a form that is not known')
  return family
}

/**
 * What a presented token is to its family: `current`; `grace`: used a moment ago; `used`: long ago, so that two parties have it;
 * `unknown`: never one of its tokens.
 */
export type Standing =
  | { readonly is: 'current' | 'used' | 'unknown' }
  | { readonly is: 'grace'; readonly predecessor: Predecessor }

/** @param grace milliseconds */
export function standingOf(family: LiveFamily, presented: PresentedRefreshToken, now: number, grace: number): Standing {
  if (!isMarked(presented, Buffer.from(family.key, 'base64url'))) return { is: 'unknown' }
  if (isDigestOf(family.current, presented.secret)) return { is: 'current' }
  const predecessor = family.before.find((one) => isWithin(one, now, grace) && isDigestOf(one.digest, presented.secret))
  return predecessor === undefined ? { is: 'used' } : { is: 'grace', predecessor }
}

/** In both directions: a clock that was set back must not make the grace last for ever. */
function isWithin({ usedAt }: Predecessor, now: number, grace: number): boolean {
  return Math.abs(now - usedAt) < grace
}

/** How many are remembered: tabs that refresh one after the other within the grace. */
const MOST_BEFORE = 8

/** The predecessors that still matter, with one more. */
export function remember(
  before: readonly Predecessor[],
  one: Predecessor,
  now: number,
  grace: number,
): readonly Predecessor[] {
  return [...before.filter((other) => isWithin(other, now, grace)), one].slice(-MOST_BEFORE)
}
