/**
 * What a role may be granted when the catalogue holds `Name`: the name itself, `orders:*`, `*:read`, `*:*` or `*`.
 * Without a catalogue any string.
 */
export type PatternOf<Name extends string> = string extends Name ? string : Name | '*' | Widened<Name>

type Widened<Name extends string> = Name extends `${infer Resource}:${infer Action}`
  ? `${Resource}:*` | `*:${Action}` | '*:*'
  : never

/** A pattern, read. */
export type Pattern =
  /** `*`: every permission, bare verbs too. */
  | { readonly kind: 'all'; readonly text: string }
  /** `*:*`: every permission that names a resource. */
  | { readonly kind: 'pairs'; readonly text: string }
  /** `orders:*` */
  | { readonly kind: 'resource'; readonly text: string; readonly resource: string }
  /** `*:read`; a bare `read` names no resource and is not covered. */
  | { readonly kind: 'action'; readonly text: string; readonly action: string }
  /** `orders:read` or the bare verb `read`, which covers nothing but itself. */
  | { readonly kind: 'exact'; readonly text: string }

/** For error messages: what a permission looks like. */
export const PERMISSION_FORM = "a permission such as 'orders:read' or 'read' (letters, digits and _ . / -, at most 256)"

/** For error messages: what a pattern looks like. */
export const PATTERN_FORM =
  "a permission such as 'orders:read' or 'read', or one with a whole side as wildcard: 'orders:*', '*:read', '*'"

// Characters that need no escaping in an HTTP header's quoted string, because names of permissions are sent in challenges.
const NAME = /^\w[\w./-]*(?::\w[\w./-]*)?$/
const PATTERN = /^(?:\*|(?:\*|\w[\w./-]*):(?:\*|\w[\w./-]*)|\w[\w./-]*)$/
const LONGEST = 256

/** Whether a value is a well-formed permission. Wildcards are none: nobody is asked for "some of the orders' actions". */
export function isPermission(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && NAME.test(value)
}

/** Reads a pattern; `undefined` where it is malformed. */
export function parsePattern(text: unknown): Pattern | undefined {
  if (typeof text !== 'string' || text.length > LONGEST || !PATTERN.test(text)) return undefined
  if (text === '*') return { kind: 'all', text }
  if (text === '*:*') return { kind: 'pairs', text }
  if (text.endsWith(':*')) return { kind: 'resource', text, resource: text.slice(0, -2) }
  if (text.startsWith('*:')) return { kind: 'action', text, action: text.slice(2) }
  return { kind: 'exact', text }
}

/** Whether a pattern covers a well-formed permission. */
export function covers(pattern: Pattern, permission: string): boolean {
  const colon = permission.indexOf(':')
  switch (pattern.kind) {
    case 'all':
      return true
    case 'pairs':
      return colon !== -1
    case 'resource':
      return colon !== -1 && permission.slice(0, colon) === pattern.resource
    case 'action':
      return colon !== -1 && permission.slice(colon + 1) === pattern.action
    case 'exact':
      return permission === pattern.text
  }
}

/** Every pattern that covers at least one of the names. */
export function patternsOf(names: Iterable<string>): ReadonlySet<string> {
  const patterns = new Set<string>(['*'])
  for (const name of names) {
    patterns.add(name)
    const [resource, action] = name.split(':')
    if (action !== undefined) patterns.add(`${resource}:*`).add(`*:${action}`).add('*:*')
  }
  return patterns
}
