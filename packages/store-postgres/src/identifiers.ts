import { createHash } from 'node:crypto'
import type { OptionRule } from '@sallyport/core'

/**
 * Names that need no quoting and cannot be mistaken. `public` is nobody's own, names that begin with `pg_` are PostgreSQL's; longer ones
 * would be cut at 63 bytes together with what is put before them.
 */
export const schemaRule: OptionRule = {
  accepts:
    "a name of at most 48 characters out of a-z, 0-9 and _, not beginning with a digit or 'pg_', and neither 'public' nor 'information_schema'",
  test: (v) => typeof v === 'string' && /^(?!pg_|public$|information_schema$)[a-z_][a-z0-9_]{0,47}$/.test(v),
}

/** The name of a role, which may be any that PostgreSQL can hold. */
export const roleRule: OptionRule = {
  accepts: 'the name of a role, of at most 63 bytes',
  test: (v) => typeof v === 'string' && v !== '' && Buffer.byteLength(v) <= 63 && !v.includes('\0'),
}

/** Quotes a name. @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The channel on which appends to the logs of a schema are announced. */
export function channelOf(schema: string): string {
  return `sallyport:${schema}`
}

/** The kinds of advisory locks that the store takes. */
export type LockKind = 'entry' | 'sweep' | 'migration'

/**
 * A number of 63 bits for the advisory locks of a schema. They share one space with those of the app and of other schemas, so it is
 * drawn from a hash.
 */
export function lockSeed(schema: string, kind: LockKind): string {
  const digest = createHash('sha256').update(`sallyport ${kind} ${schema}`).digest()
  return BigInt.asUintN(63, digest.readBigUInt64BE()).toString()
}
