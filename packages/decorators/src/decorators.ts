import { optionError } from '@sallyport/core'
import { decoratorOf, type SecurityDecorator } from './decorator.ts'
import type { MfaDemand, Rule } from './rule.ts'

/**
 * Demands all of some permissions.
 *
 * ```ts
 * class OrdersController {
 *   @Require('orders:read')
 *   list() {}
 * }
 * ```
 */
export function Require<Name extends string = string>(...permissions: readonly [Name, ...Name[]]): SecurityDecorator {
  return ruled('Require', { kind: 'permission', permissions: named('Require', permissions), quantifier: 'all' })
}

/** Demands at least one of some permissions. */
export function RequireAny<Name extends string = string>(
  ...permissions: readonly [Name, ...Name[]]
): SecurityDecorator {
  return ruled('RequireAny', { kind: 'permission', permissions: named('RequireAny', permissions), quantifier: 'any' })
}

/** Demands that the caller's token has all of some scopes. A login without scopes, such as a session, has none. */
export function RequireScope(...scopes: readonly [string, ...string[]]): SecurityDecorator {
  return ruled('RequireScope', { kind: 'scope', scopes: named('RequireScope', scopes) })
}

/** Demands a second factor, and how long ago it may have been proved. */
export function RequireMfa(demand: MfaDemand = {}): SecurityDecorator {
  const { maxAge } = demand
  if (maxAge !== undefined && !(Number.isFinite(maxAge) && maxAge >= 0)) {
    throw optionError('RequireMfa', 'maxAge', maxAge, { accepts: 'a number of seconds' })
  }
  return ruled('RequireMfa', { kind: 'mfa', demand: { ...demand } })
}

/** Records each call under the name of an action. */
export function Audit(action: string): SecurityDecorator {
  return ruled('Audit', { kind: 'audit', action: said('Audit', 'action', action) })
}

/** Decides that whoever is known may, and why no permission is needed. */
export function Authenticated(why: string): SecurityDecorator {
  return ruled('Authenticated', { kind: 'login', why: said('Authenticated', 'why', why) })
}

/** Decides that everybody may, and why. */
export function Public(why: string): SecurityDecorator {
  return ruled('Public', { kind: 'public', why: said('Public', 'why', why) })
}

/** A decorator of methods that is typed with a catalogue of permissions. */
export interface CatalogueDecorators<Name extends string> {
  Require(...permissions: readonly [Name, ...Name[]]): SecurityDecorator
  RequireAny(...permissions: readonly [Name, ...Name[]]): SecurityDecorator
}

/**
 * `Require` and `RequireAny` for the names of a catalogue: a misspelt one does not compile.
 *
 * ```ts
 * const { Require } = decoratorsFor(['orders:read', 'orders:create'])
 * ```
 * @throws SecurityError ERR_OPTION at the decorator, for a name that got past the compiler
 */
export function decoratorsFor<const Name extends string>(catalogue: readonly Name[]): CatalogueDecorators<Name> {
  const known: ReadonlySet<string> = new Set(catalogue)
  const checked = (name: string, permissions: readonly string[]): void => {
    const stranger = permissions.find((one) => !known.has(one))
    if (stranger !== undefined) throw optionError(name, 'permission', stranger, { accepts: 'a name of the catalogue' })
  }
  return {
    Require: (...permissions) => (checked('Require', permissions), Require(...permissions)),
    RequireAny: (...permissions) => (checked('RequireAny', permissions), RequireAny(...permissions)),
  }
}

function ruled(name: string, rule: Rule): SecurityDecorator {
  return decoratorOf(name, 'both', Object.freeze(rule))
}

function named(factory: string, names: readonly unknown[]): readonly string[] {
  if (names.length > 0 && names.every((one) => typeof one === 'string' && one !== '')) return [...names] as string[]
  throw optionError(factory, 'names', names, { accepts: 'at least one name' })
}

function said(factory: string, name: string, text: unknown): string {
  if (typeof text === 'string' && text.trim() !== '') return text
  throw optionError(factory, name, text, { accepts: 'words for whoever reads it' })
}
