import { optionError } from '@sallyport/core'

/** Names by which an object's prototype can be reached or replaced: never a field. */
const UNSAFE: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether a member may be read, copied or written by name. */
function isSafeName(name: string): boolean {
  return !UNSAFE.has(name)
}

/** A path to a field. */
export interface FieldPath {
  readonly path: readonly string[]
  readonly text: string
}

/** @throws SecurityError ERR_OPTION */
export function readPath(at: string, given: unknown): FieldPath {
  const path = typeof given === 'string' && given.length <= 256 ? given.split('.') : []
  const usable =
    path.length > 0 && path.length <= 16 && path.every((name) => /^[\w$-]+$/.test(name) && isSafeName(name))
  if (!usable) {
    throw optionError('rbac', at, given, { accepts: "the name of a field such as 'ownerId' or 'customer.region'" })
  }
  return { path, text: given as string }
}

/** The value at a path, by own members only; `undefined` where there is none, or where it cannot be read. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object
  try {
    for (let i = 0; i < path.length; i++) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, path[i]!)) return undefined
      value = (value as Record<string, unknown>)[path[i]!]
    }
  } catch {
    // A getter that throws, a proxy that was revoked: nothing is known, and nothing is granted.
    return undefined
  }
  return value
}

/** The fields of one rule: those named, without those named after a `!`. */
export interface FieldList {
  readonly includes: readonly (readonly string[])[]
  readonly excludes: readonly (readonly string[])[]
}

/** What of an object may be seen or written: what any of the lists has, without what a deny rule hides. */
export interface FieldLimit {
  readonly allowed: readonly FieldList[]
  readonly hidden: readonly FieldList[]
}

/** How much of what is at a path: all of it, nothing, or some of what is below. */
export type Coverage = 'all' | 'some' | 'none'

/**
 * Reads the `fields` of a rule: names such as `total` or `customer.region`, `*` for all, and after a `!` those to leave out.
 * @throws SecurityError ERR_OPTION
 */
export function readFields(at: string, given: unknown): FieldList {
  const usable = Array.isArray(given) && given.length > 0 && given.length <= 1000
  if (!usable)
    throw optionError('rbac', at, given, { accepts: "a list of fields such as ['id', 'total'] or ['*', '!cost']" })
  const includes: string[][] = []
  const excludes: string[][] = []
  for (const [i, one] of (given as readonly unknown[]).entries()) {
    const excluded = typeof one === 'string' && one.startsWith('!')
    ;(excluded ? excludes : includes).push(fieldOf(`${at}[${i}]`, excluded ? one.slice(1) : one))
  }
  if (includes.length === 0) {
    throw optionError('rbac', at, given, { accepts: "at least one field that is not left out, such as '*'" })
  }
  return { includes, excludes }
}

function fieldOf(at: string, given: unknown): string[] {
  if (given === '*') return []
  const whole = typeof given === 'string' && given.endsWith('.*') ? given.slice(0, -2) : given
  return [...readPath(at, whole).path]
}

/** How much of what is at a path is within a limit. */
function coverage({ allowed, hidden }: FieldLimit, path: readonly string[]): Coverage {
  let most: Coverage = 'none'
  for (const list of allowed) {
    const found = within(list, path)
    if (found !== 'none' && most !== 'all') most = found
  }
  if (most === 'none') return 'none'
  for (const list of hidden) {
    const found = within(list, path)
    if (found === 'all') return 'none'
    if (found === 'some') most = 'some'
  }
  return most
}

function within({ includes, excludes }: FieldList, path: readonly string[]): Coverage {
  if (excludes.some((one) => leadsTo(one, path))) return 'none'
  if (!includes.some((one) => leadsTo(one, path))) return includes.some((one) => leadsTo(path, one)) ? 'some' : 'none'
  return excludes.some((one) => leadsTo(path, one)) ? 'some' : 'all'
}

/** Whether a path is the other one, or above it. */
function leadsTo(path: readonly string[], other: readonly string[]): boolean {
  return path.length <= other.length && path.every((name, i) => name === other[i])
}

/** How deep what comes from outside may be; what is deeper is left out. */
const DEEPEST = 64

const NO_LIMIT: FieldLimit = { allowed: [{ includes: [[]], excludes: [] }], hidden: [] }

/** A copy of an object with the fields that may be seen. What is permitted as a whole is not copied but handed on. */
export function visibleFields(object: object, limit: FieldLimit | undefined): unknown {
  return limit === undefined ? object : copy(object, limit, [], visible, 0)
}

/**
 * A copy of what a client sent, with the fields that may be written. Always a copy, down to the last level, without names that reach an
 * object's prototype and without those that databases take for operators (`$set`).
 */
export function writableFields(input: object, limit: FieldLimit | undefined): unknown {
  return copy(input, limit ?? NO_LIMIT, [], written, 0)
}

interface Way {
  /** What becomes of a value that is permitted as a whole. */
  whole(value: unknown, depth: number): unknown
  named(name: string): boolean
}

const visible: Way = { whole: (value) => value, named: isSafeName }

const written: Way = {
  whole: (value, depth) =>
    typeof value !== 'object' || value === null || isOpaque(value)
      ? value
      : copyWith(value, depth, written, (one) => written.whole(one, depth + 1)),
  named: (name) => isSafeName(name) && !name.startsWith('$'),
}

function copy(value: unknown, limit: FieldLimit, path: readonly string[], way: Way, depth: number): unknown {
  const found = coverage(limit, path)
  if (found === 'none') return undefined
  if (found === 'all') return way.whole(value, depth)
  if (typeof value !== 'object' || value === null) return undefined
  const plain = serialised(value)
  if (plain === undefined) return undefined
  // A name with dots reaches below, for databases that take it for a path.
  return copyWith(plain, depth, way, (one, name) =>
    copy(one, limit, name === undefined ? path : [...path, ...name.split('.')], way, depth + 1),
  )
}

function copyWith(value: object, depth: number, way: Way, part: (one: unknown, name?: string) => unknown): unknown {
  if (depth >= DEEPEST) return undefined
  if (Array.isArray(value)) return value.map((one: unknown) => part(one)).filter((one) => one !== undefined)
  const result: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(value)) {
    if (!name.split('.').every(way.named)) continue
    const kept = part(one, name)
    if (kept !== undefined) result[name] = kept
  }
  return result
}

/** A document of a database library as what JSON would make of it; nothing for what has no fields. */
function serialised(value: object): object | undefined {
  const { toJSON } = value as { toJSON?: unknown }
  const plain: unknown = typeof toJSON === 'function' ? Reflect.apply(toJSON, value, []) : value
  return typeof plain === 'object' && plain !== null && !isOpaque(plain) ? plain : undefined
}

/** Things of their own that have no fields: a date, bytes, a map. */
function isOpaque(value: object): boolean {
  return !Array.isArray(value) && Object.prototype.toString.call(value) !== '[object Object]'
}
