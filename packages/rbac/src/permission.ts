/**
 * What a role may be granted when the catalogue holds `Name`: the name itself, a whole side as wildcard (`orders:*`, `*:read`, `*:*`),
 * all below a path (`data/*:read`), or `*`. Without a catalogue any string.
 */
export type PatternOf<Name extends string> = string extends Name ? string : Name | '*' | Widened<Name>

type Widened<Name extends string> = Name extends `${infer Resource}:${infer Action}`
  ? `${Resource | Below<Resource> | '*'}:${Action | Below<Action> | '*'}`
  : Below<Name>

/** `data/*` and `data/eu/*` of `data/eu/west`. */
type Below<Side extends string> = Side extends `${infer Head}/${infer Tail}`
  ? `${Head}/*` | `${Head}/${Below<Tail>}`
  : never

/** A permission or a pattern in its two sides; a bare verb has no resource. */
export interface Sides {
  readonly resource: string | undefined
  readonly action: string
}

/** For error messages: what a permission looks like. */
export const PERMISSION_FORM =
  "a permission such as 'orders:read', 'data/eu:read' or 'read' (letters, digits and _ . - in parts joined by /, at most 256)"

/** For error messages: what a pattern looks like. */
export const PATTERN_FORM =
  "a permission such as 'orders:read' or 'read', or one with a wildcard: 'orders:*', '*:read', 'data/*:read', '*'"

// Characters that need no escaping in an HTTP header's quoted string, because names of permissions are sent in challenges. A part of a
// path begins with a letter, a digit or _, so that none is `..` and none is empty: 'data/../secrets' must not be below 'data'.
const PATH = String.raw`\w[\w.-]*(?:/\w[\w.-]*){0,15}`
const SIDE = String.raw`(?:\*|${PATH}(?:/\*)?)`
const NAME = new RegExp(String.raw`^${PATH}(?::${PATH})?$`)
const PATTERN = new RegExp(String.raw`^${SIDE}(?::${SIDE})?$`)
const LONGEST = 256

/** Whether a value is a well-formed permission. Wildcards are none: nobody is asked for "some of the orders' actions". */
export function isPermission(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && NAME.test(value)
}

/** Whether a value is a well-formed pattern: each side is a name, `*`, or a path that ends in `/*`. */
export function isPattern(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && PATTERN.test(value)
}

/** The sides of a well-formed permission or pattern. */
export function sidesOf(text: string): Sides {
  const colon = text.indexOf(':')
  return colon === -1
    ? { resource: undefined, action: text }
    : { resource: text.slice(0, colon), action: text.slice(colon + 1) }
}

/** Whether a pattern covers a well-formed permission. */
export function covers(text: string, permission: string): boolean {
  const pattern = sidesOf(text)
  const { resource, action } = sidesOf(permission)
  if (pattern.resource === undefined && pattern.action === '*') return true
  if (pattern.resource === undefined || resource === undefined) {
    return pattern.resource === resource && sideCovers(pattern.action, action)
  }
  return sideCovers(pattern.resource, resource) && sideCovers(pattern.action, action)
}

/** Whether one side of a pattern covers a name: `data/*` covers all that is below `data`, at any depth, and not `data` itself. */
function sideCovers(side: string, name: string): boolean {
  if (side === '*' || side === name) return true
  return side.endsWith('/*') && name.startsWith(side.slice(0, -1))
}

/** Every pattern that covers a well-formed permission, the narrowest first. */
export function patternsCovering(permission: string): readonly string[] {
  const { resource, action } = sidesOf(permission)
  if (resource === undefined) return sidesCovering(action)
  const actions = sidesCovering(action)
  return [...sidesCovering(resource).flatMap((side) => actions.map((one) => `${side}:${one}`)), '*']
}

/** Every side of a pattern that covers a name. */
export function sidesCovering(name: string): string[] {
  const sides = [name]
  for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
    sides.push(`${name.slice(0, slash)}/*`)
  }
  sides.push('*')
  return sides
}
