import { isBytes } from '../is-bytes.ts'
import { acceptNumber, optionError, type OptionRule } from '../options.ts'
import type { Change, Condition, StoreKey } from './contract.ts'

/**
 * What every store accepts, so that state can move from one to another. The length of an id follows the longest key of a
 * PostgreSQL index (2,704 bytes) at three bytes for each UTF-16 code unit.
 */
export const storeLimits = {
  /** Longest id of an entry or a counter, in UTF-16 code units. */
  id: 512,
  /** Longest name of a partition, owner or log, in UTF-16 code units. */
  name: 2048,
  /** Longest time to live, in milliseconds: a hundred years. */
  ttl: 3_155_760_000_000,
  /** Most changes of one commit. */
  changes: 1000,
  /** Most entries or records of one page. */
  page: 10_000,
} as const

const ttlRule = acceptNumber('milliseconds', 1, storeLimits.ttl)
const pageRule = { accepts: `a whole number from 1 to ${storeLimits.page}`, test: isWithin(1, storeLimits.page) }
const afterRule = { accepts: 'a whole number from 0', test: isWithin(0, Number.MAX_SAFE_INTEGER) }
const wholeRule = { accepts: 'a safe integer', test: (v: unknown) => Number.isSafeInteger(v) }
const bytesRule = { accepts: 'a Uint8Array', test: isBytes, secret: true }
const hintRule = { accepts: 'a function', test: (v: unknown) => typeof v === 'function' }
const idRule = textRule(storeLimits.id)
const nameRule = textRule(storeLimits.name)
const ifPutRule = { accepts: "'absent', 'present' or { version }", test: isCondition }
const ifDeleteRule = { accepts: "'present' or { version }", test: (v: unknown) => v !== 'absent' && isCondition(v) }
const commitRule = {
  accepts: `a list of at most ${storeLimits.changes} changes`,
  test: (v: unknown) =>
    Array.isArray(v) && v.length <= storeLimits.changes && v.every((c) => typeof c === 'object' && c !== null),
}

/** Refuses a key that no store could hold. @throws SecurityError ERR_OPTION (500) */
export function checkKey(method: string, key: StoreKey): void {
  check(method, 'partition', key.partition, nameRule)
  check(method, 'id', key.id, idRule)
}

/** Refuses a wrong commit before anything of it is done. @throws SecurityError ERR_OPTION (500) */
export function checkCommit(partition: string, changes: readonly Change[]): void {
  check('commit', 'partition', partition, nameRule)
  check('commit', 'changes', changes, commitRule)
  for (const change of changes) checkChange(change)
  if (changes.length < 2) return
  const ids = new Set(changes.map(idOf))
  if (ids.size !== changes.length) {
    throw optionError('store.commit', 'changes', changes, {
      accepts: 'a list in which no id occurs twice',
      secret: true,
    })
  }
}

function checkChange(change: Change): void {
  if ('put' in change) {
    check('commit', 'put', change.put, idRule)
    check('commit', 'value', change.value, bytesRule)
    check('commit', 'ttl', change.ttl, ttlRule)
    if (change.if !== undefined) check('commit', 'if', change.if, ifPutRule)
    if (change.owner !== undefined) check('commit', 'owner', change.owner, nameRule)
    return
  }
  check('commit', 'delete', change.delete, idRule)
  if (change.if !== undefined) check('commit', 'if', change.if, ifDeleteRule)
}

/** The id that a change is about. */
export function idOf(change: Change): string {
  return 'put' in change ? change.put : change.delete
}

/** Refuses a wrong increment. @throws SecurityError ERR_OPTION (500) */
export function checkIncrement(key: StoreKey, by: number, ttl: number): void {
  checkKey('increment', key)
  check('increment', 'by', by, wholeRule)
  check('increment', 'ttl', ttl, ttlRule)
}

/** Refuses a wrong listing. @throws SecurityError ERR_OPTION (500) */
export function checkListing(partition: string, owner: string, after: string | undefined, limit: number): void {
  check('listOwned', 'partition', partition, nameRule)
  check('listOwned', 'owner', owner, nameRule)
  if (after !== undefined) check('listOwned', 'after', after, idRule)
  check('listOwned', 'limit', limit, pageRule)
}

/** Refuses a wrong record. @throws SecurityError ERR_OPTION (500) */
export function checkAppend(log: string, value: Uint8Array, ttl: number): void {
  checkLog('append', log)
  check('append', 'value', value, bytesRule)
  check('append', 'ttl', ttl, ttlRule)
}

/** Refuses a wrong reading. @throws SecurityError ERR_OPTION (500) */
export function checkReading(log: string, after: number, limit: number): void {
  checkLog('readSince', log)
  check('readSince', 'after', after, afterRule)
  check('readSince', 'limit', limit, pageRule)
}

/** Refuses a subscriber that cannot be called. @throws SecurityError ERR_OPTION (500) */
export function checkHint(onHint: () => void): void {
  check('subscribe', 'onHint', onHint, hintRule)
}

/** Refuses a wrong name of a log. @throws SecurityError ERR_OPTION (500) */
export function checkLog(method: string, log: string): void {
  check(method, 'log', log, nameRule)
}

function check(method: string, what: string, value: unknown, rule: OptionRule): void {
  if (!rule.test(value)) throw optionError(`store.${method}`, what, value, rule)
}

// Ids may be derived from a credential: an error tells that they are wrong, never what they are.
function textRule(longest: number): OptionRule {
  return {
    accepts: `a string of at most ${longest} UTF-16 code units without lone surrogates`,
    test: (v) => typeof v === 'string' && v.length <= longest && isWellFormed(v),
    secret: true,
  }
}

function isWellFormed(text: string): boolean {
  // Every supported Node has it; the library that the compiler is given (ES2023) does not name it yet.
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function isWithin(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

function isCondition(value: unknown): boolean {
  if (value === 'absent' || value === 'present') return true
  return typeof (value as Exclude<Condition, string> | null)?.version === 'string'
}
