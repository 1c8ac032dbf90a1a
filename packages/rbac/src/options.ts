import {
  accept,
  acceptEnvironment,
  checkOptions,
  optionError,
  type Environment,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { isPermission, PERMISSION_FORM, type PatternOf } from './permission.ts'

/** A role: the patterns that it grants, or these together with the roles whose grants it takes over. */
export type RoleDefinition<Name extends string = string> =
  | readonly PatternOf<Name>[]
  | {
      /** Roles whose grants this one has too. @default [] */
      readonly inherits?: readonly string[]
      /** What the role grants. @default [] */
      readonly allow?: readonly PatternOf<Name>[]
    }

/** Roles by name. */
export type RoleDefinitions<Name extends string = string> = { readonly [role: string]: RoleDefinition<Name> }

/** Fits roles that inherit only from each other. Where the compiler knows no names (a policy read from a file), construction checks. */
export type ClosedRoles<Roles> = {
  readonly [Role in keyof Roles]: Roles[Role] extends { readonly inherits: readonly (infer Parent)[] }
    ? string extends Parent
      ? unknown
      : { readonly inherits: readonly Extract<keyof Roles, string>[] }
    : unknown
}

/**
 * How the scopes of a credential limit what its owner's roles grant.
 *
 * - `'limit'`: a permission must be one of the scopes, letter by letter. A `*` in a token's scope is no wildcard.
 * - a map from scope to patterns: a scope named in it covers what the map says and nothing else; any other one limits as above.
 * - `'ignore'`: scopes do not limit, for issuers whose scopes mean something else. A token then does whatever its owner may.
 */
export type ScopeLimit<Name extends string = string> =
  | 'limit'
  | 'ignore'
  | { readonly [scope: string]: readonly PatternOf<Name>[] }

/** Options of `rbac`. */
export interface RbacOptions<Name extends string = string> {
  /**
   * Every permission there is. Given `as const`, a misspelt name does not compile; one that gets past the compiler is refused
   * at construction, and at run time nobody is granted what is not listed.
   * @default any well-formed permission
   */
  readonly permissions?: readonly Name[]
  /** What each role grants. A role that is not named here grants nothing. */
  readonly roles: RoleDefinitions<NoInfer<Name>>
  /** How a credential's scopes limit its owner's roles; a credential without any (a session) is not limited. @default 'limit' */
  readonly scopes?: ScopeLimit<NoInfer<Name>>
  /** @default the environment of the process */
  readonly env?: Environment
}

const PLAIN = 'own members only; in an object literal `__proto__` is no member'

const rules: OptionRules<RbacOptions> = {
  permissions: {
    accepts: `a list, each ${PERMISSION_FORM}`,
    test: (v) => Array.isArray(v) && v.every(isPermission),
  },
  roles: { accepts: `a plain object of roles by name (${PLAIN})`, test: isPlainObject },
  scopes: {
    accepts: `'limit', 'ignore' or a plain object of patterns by scope (${PLAIN})`,
    test: (v) => v === 'limit' || v === 'ignore' || isPlainObject(v),
  },
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/**
 * Checks the shape of the options; what their names refer to is the policy's to check.
 * @throws SecurityError ERR_OPTION
 */
export function checkRbacOptions(options: unknown): asserts options is RbacOptions {
  checkOptions<RbacOptions>('rbac', options, rules)
  if (options.roles === undefined) throw optionError('rbac', 'roles', undefined, rules.roles)
}

/** What a role's own definition may hold. */
export const roleRules: OptionRules<{ inherits?: unknown; allow?: unknown }> = {
  inherits: { ...accept.strings, accepts: 'a list of names of roles' },
  allow: { ...accept.strings, accepts: "a list of permissions such as ['orders:read', 'reports:*']" },
}

/** A role, as far as its form tells. */
export const roleRule: OptionRule = {
  accepts: "a list of permissions, or an object such as { inherits: ['viewer'], allow: ['orders:create'] }",
  test: (v) => accept.strings.test(v) || isPlainObject(v),
}

// An object whose prototype was set by `{ __proto__: … }` has members that no listing shows. The root prototype is told by having none
// itself, because a test runner's realm has another `Object`.
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
