import type { Condition, Predicate } from './condition.ts'
import type { PatternOf } from './permission.ts'

/** One rule: what is granted or denied, and when. */
export interface RuleDefinition<Name extends string = string> {
  /** One permission or pattern, or several. */
  readonly permission: PatternOf<Name> | readonly PatternOf<Name>[]
  /** When the rule holds: a condition as data, or, in code, a function of the object. @default always */
  readonly when?: Condition | Predicate
  /** The fields it is about. In `allow` no others may be seen or written; in `deny` these are hidden and the rest stays. @default all */
  readonly fields?: readonly string[]
  /** Whether it holds for objects of other tenants than the caller's too; see `tenancy`. @default false */
  readonly anyTenant?: boolean
}

/** A role: the patterns and rules that it grants, or these together with more. */
export type RoleDefinition<Name extends string = string> =
  | readonly (PatternOf<Name> | RuleDefinition<Name>)[]
  | {
      /** Roles whose rules this one has too. @default [] */
      readonly inherits?: readonly string[]
      /** What the role grants. @default [] */
      readonly allow?: readonly (PatternOf<Name> | RuleDefinition<Name>)[]
      /** What the role takes away, whichever role grants it. @default [] */
      readonly deny?: readonly (PatternOf<Name> | RuleDefinition<Name>)[]
      /** Tenants for whose callers the role counts, with all that it inherits. @default all */
      readonly tenants?: readonly string[]
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

/** What each service may do: resources, or patterns of them, by action. */
export type ServiceDefinitions = {
  readonly [service: string]: { readonly [action: string]: string | readonly string[] }
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

/** A policy: what may stand in code, in a file or in a Store. */
export interface PolicyDocument<Name extends string = string> {
  /**
   * Every permission there is. Given `as const`, a misspelt name does not compile; one that gets past the compiler is refused
   * at construction, and at run time nobody is granted what is not listed.
   * @default any well-formed permission
   */
  readonly permissions?: readonly Name[]
  /** What each role grants. A role that is not named here grants nothing. */
  readonly roles: RoleDefinitions<NoInfer<Name>>
  /** What each service may do. A service is held by whose roles name it `service:<name>`, and by whom `serviceOf` says. @default none */
  readonly services?: ServiceDefinitions
  /** The field that holds an object's tenant, by resource or pattern of resources: `{ orders: 'tenantId' }`. @default no tenants */
  readonly tenancy?: { readonly [resource: string]: string }
  /** How a credential's scopes limit its owner's roles; a credential without any (a session) is not limited. @default 'limit' */
  readonly scopes?: ScopeLimit<NoInfer<Name>>
}
