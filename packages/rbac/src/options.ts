import {
  accept,
  acceptEnvironment,
  checkOptions,
  optionError,
  type Environment,
  type OptionRule,
  type OptionRules,
  type Principal,
} from '@sallyport/core'
import type { RequireOptions } from './access.ts'
import type { PolicyDocument } from './document.ts'
import { isPermission, PERMISSION_FORM } from './permission.ts'
import type { PolicySource } from './source.ts'

/** What does not belong to the policy itself. */
export interface Surroundings {
  /**
   * Which of the policy's services the caller is, for services whose logins carry no role `service:<name>`. Take it from what the issuer
   * vouches for, such as a verified client id; a subject that users choose is none.
   * @default none but by role
   */
  readonly serviceOf?: (principal: Principal) => string | undefined
  /** @default the environment of the process */
  readonly env?: Environment
}

/** Options of `rbac`: the policy itself. */
export interface RbacOptions<Name extends string = string> extends PolicyDocument<Name>, Surroundings {
  readonly policy?: never
}

/** Options of `rbac` for a policy that stands elsewhere. */
export interface RbacPolicyOptions<Name extends string = string> extends Surroundings {
  /** A policy that was read, or where to read it: `yamlFile(…)`, `jsonFile(…)`, `storedPolicy(…)`. */
  readonly policy: PolicyDocument | PolicySource
  /**
   * Every permission there is, for the compiler and for the check of the policy, which then has no list of its own.
   * @default what the policy lists, else any well-formed permission
   */
  readonly permissions?: readonly Name[]
  readonly roles?: never
  readonly services?: never
  readonly tenancy?: never
  readonly scopes?: never
}

/** Both forms, as they come. */
export type GivenOptions = Partial<Omit<RbacOptions, 'policy'>> & Partial<Pick<RbacPolicyOptions, 'policy'>>

const PLAIN = 'own members only; in an object literal `__proto__` is no member'

const documentRules: OptionRules<PolicyDocument> = {
  permissions: {
    accepts: `a list, each ${PERMISSION_FORM}`,
    test: (v) => Array.isArray(v) && v.every(isPermission),
  },
  roles: { accepts: `a plain object of roles by name (${PLAIN})`, test: isPlainObject },
  services: { accepts: `a plain object such as { lake: { write: 'data/*' } } (${PLAIN})`, test: isPlainObject },
  tenancy: { accepts: `a plain object such as { orders: 'tenantId' } (${PLAIN})`, test: isPlainObject },
  scopes: {
    accepts: `'limit', 'ignore' or a plain object of patterns by scope (${PLAIN})`,
    test: (v) => v === 'limit' || v === 'ignore' || isPlainObject(v),
  },
}

const rules: OptionRules<GivenOptions> = {
  ...documentRules,
  policy: {
    accepts: 'a policy, or a source such as yamlFile(path), jsonFile(path) or storedPolicy()',
    test: (v) => isPlainObject(v) || isPolicySource(v),
  },
  serviceOf: accept.function,
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/**
 * Checks the shape of the options; what their names refer to is the policy's to check.
 * @throws SecurityError ERR_OPTION
 */
export function checkRbacOptions(options: unknown): asserts options is GivenOptions {
  checkOptions<GivenOptions>('rbac', options, rules)
  if (options.policy === undefined) {
    if (options.roles === undefined) throw optionError('rbac', 'roles', undefined, rules.roles)
    return
  }
  for (const name of ['roles', 'services', 'tenancy', 'scopes'] as const) {
    if (options[name] === undefined) continue
    throw optionError('rbac', name, options[name], { accepts: 'nothing beside `policy`, which holds it' })
  }
}

/** A document may say which schema it follows, for editors. */
const looseRules: OptionRules<PolicyDocument & { $schema?: unknown }> = {
  $schema: { accepts: 'the address of the schema', test: (v) => typeof v === 'string' },
  ...documentRules,
}

/**
 * Checks the shape of a policy that was read.
 * @throws SecurityError ERR_OPTION
 */
export function checkDocument(document: unknown): asserts document is PolicyDocument {
  checkOptions<PolicyDocument>('rbac: policy', document, looseRules)
  if (document.roles === undefined) throw optionError('rbac: policy', 'roles', undefined, rules.roles)
}

/** What a role's own definition may hold. */
export const roleRules: OptionRules<{ inherits?: unknown; allow?: unknown; deny?: unknown; tenants?: unknown }> = {
  inherits: { ...accept.strings, accepts: 'a list of names of roles' },
  allow: { accepts: "a list of permissions such as ['orders:read', 'reports:*'], and rules", test: isRuleList },
  deny: { accepts: "a list of permissions such as ['orders:delete'], and rules", test: isRuleList },
  tenants: { ...accept.strings, accepts: 'a list of names of tenants' },
}

/** What a scope of the map covers. */
export const scopeRule: OptionRule = {
  ...accept.strings,
  accepts: "a list of permissions such as ['orders:read', 'reports:*']",
}

/** A role, as far as its form tells. */
export const roleRule: OptionRule = {
  accepts: "a list of permissions and rules, or an object such as { inherits: ['viewer'], allow: ['orders:create'] }",
  test: (v) => isRuleList(v) || isPlainObject(v),
}

function isRuleList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => (typeof one === 'string' && one !== '') || isPlainObject(one))
}

const loadRules: OptionRules<RequireOptions<object, object>> = {
  load: { accepts: 'a function of the request that gives the object, or a promise of it', test: accept.function.test },
  hide: accept.boolean,
}

/** @throws SecurityError ERR_OPTION */
export function checkLoading(factory: string, options: unknown): void {
  checkOptions<RequireOptions<object, object>>(factory, options, loadRules)
  if (options.load === undefined) throw optionError(factory, 'load', undefined, loadRules.load)
}

/** A plain object, whose members are all that it has. */
export type PlainObject = Readonly<Record<string, unknown>>

/**
 * Whether a value is one. An object whose prototype was set by `{ __proto__: … }` has members that no listing shows. The root prototype is
 * told by having none itself, because a test runner's realm has another `Object`.
 */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export function isPolicySource(value: unknown): value is PolicySource {
  return typeof (value as PolicySource | null)?.read === 'function'
}
