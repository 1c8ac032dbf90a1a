import type { Hash } from 'node:crypto'
import { checkOptions, optionError } from '@sallyport/core'
import type { PolicyDocument } from './document.ts'
import { checkDocument, roleRule, roleRules, scopeRule } from './options.ts'
import { PatternIndex, patternsOf } from './pattern-index.ts'
import { Policy, type PolicyParts } from './policy.ts'
import { lineagesOf, type Lineage, type RoleGraph, type RoleNode } from './role-graph.ts'
import { readPattern, readRules, type Accepted, type Place, type Rule } from './rule.ts'
import { readServices, readTenancy } from './services.ts'
import { holdingsOf, RuleIndex } from './rule-index.ts'
import type { Steps } from './steps.ts'

/** Characters of a scope (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Makes a policy of a document, in one go.
 * @param permissions the catalogue, where it does not stand in the document
 * @throws SecurityError ERR_OPTION for whatever is malformed or unknown, and for a cycle
 */
export function compilePolicy(document: unknown, permissions?: readonly string[]): Policy {
  const steps = policySteps(document, permissions)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** How many steps are done before other work gets its turn: less than a millisecond's worth. */
const AT_ONCE = 64

/** The same in small portions, with all that waits in between: the event loop turns while a large policy is compiled. */
export async function compileInPortions(document: unknown, permissions?: readonly string[]): Promise<Policy> {
  const steps = policySteps(document, permissions)
  for (;;) {
    for (let i = 0; i < AT_ONCE; i++) {
      const { done, value } = steps.next()
      if (done) return value
    }
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** Makes a policy of a document, in steps of a few microseconds. */
function* policySteps(document: unknown, permissions?: readonly string[]): Steps<Policy> {
  checkDocument(document)
  if (permissions !== undefined && document.permissions !== undefined) {
    throw optionError('rbac: policy', 'permissions', document.permissions, {
      accepts: 'nothing: the option `permissions` of rbac() is the catalogue',
    })
  }
  const names = permissions ?? document.permissions
  const fingerprint = new Fingerprint()
  const catalogue = names && new Set(names)
  const accepted = names && (yield* patternsOf(names))
  if (names) fingerprint.add('permissions', '', names)
  const graph = yield* readRoles(document.roles, accepted, fingerprint)
  const services = yield* readServices(document.services ?? {}, accepted, graph, fingerprint)
  const lineages = yield* lineagesOf(graph)
  return new Policy({
    graph,
    lineages,
    services,
    catalogue,
    ...(yield* indexRules(graph, lineages)),
    scopes: yield* readScopes(document.scopes, accepted, fingerprint),
    tenancy: readTenancy(document.tenancy ?? {}, fingerprint),
    version: fingerprint.version(),
  })
}

function* readRoles(
  given: PolicyDocument['roles'],
  accepted: Accepted,
  fingerprint: Fingerprint,
): Steps<Map<string, RoleNode>> {
  const graph = new Map<string, RoleNode>()
  for (const role of Object.keys(given)) {
    const definition: unknown = given[role]
    const at = `roles.${role}`
    if (role === '') throw optionError('rbac', 'roles', role, { accepts: 'names that are not empty' })
    if (!roleRule.test(definition)) throw optionError('rbac', at, definition, roleRule)
    if (Array.isArray(definition)) {
      graph.set(role, {
        inherits: [],
        tenants: undefined,
        rules: yield* readList({ role, list: at }, 'allow', definition, accepted),
      })
    } else graph.set(role, yield* readRole(role, at, definition as object, accepted))
    fingerprint.add('role', role, definition)
    yield
  }
  return graph
}

function* readRole(role: string, at: string, definition: object, accepted: Accepted): Steps<RoleNode> {
  checkOptions<{ inherits?: unknown; allow?: unknown; deny?: unknown; tenants?: unknown }>(
    `rbac: ${at}`,
    definition,
    roleRules,
  )
  const {
    inherits = [],
    allow = [],
    deny = [],
    tenants,
  } = definition as {
    [member: string]: readonly string[] | undefined
  }
  return {
    inherits: [...inherits],
    tenants: tenants && new Set(tenants),
    rules: [
      ...(yield* readList({ role, list: `${at}.allow` }, 'allow', allow, accepted)),
      ...(yield* readList({ role, list: `${at}.deny` }, 'deny', deny, accepted)),
    ],
  }
}

function* readList(
  at: Omit<Place, 'index'>,
  effect: Rule['effect'],
  given: readonly unknown[],
  accepted: Accepted,
): Steps<Rule[]> {
  const rules: Rule[] = []
  for (const [i, one] of given.entries()) {
    rules.push(...readRules({ ...at, index: i }, effect, one, accepted))
    yield
  }
  return rules
}

function* indexRules(
  graph: RoleGraph,
  lineages: ReadonlyMap<string, Lineage>,
): Steps<Pick<PolicyParts, 'allow' | 'deny' | 'veils'>> {
  const holdings = yield* holdingsOf(lineages)
  const allow = new RuleIndex(lineages, holdings)
  const deny = new RuleIndex(lineages, holdings)
  const veils = new RuleIndex(lineages, holdings)
  for (const { rules } of graph.values()) {
    for (const rule of rules) {
      const index = rule.effect === 'allow' ? allow : rule.fields === undefined ? deny : veils
      index.add(rule)
      yield
    }
  }
  return { allow, deny, veils }
}

function* readScopes(
  given: PolicyDocument['scopes'],
  accepted: Accepted,
  fingerprint: Fingerprint,
): Steps<PolicyParts['scopes']> {
  if (given !== undefined) fingerprint.add('scopes', '', given)
  if (given === 'ignore') return undefined
  const index = new PatternIndex<Map<string, true>>(() => new Map())
  const mapped = new Set<string>()
  for (const [scope, patterns] of Object.entries<unknown>(typeof given === 'object' ? given : {})) {
    const at = `scopes.${scope}`
    if (!SCOPE.test(scope))
      throw optionError('rbac', 'scopes', scope, {
        accepts: 'scopes as RFC 6749 has them: no space, quote or backslash',
      })
    if (!scopeRule.test(patterns)) throw optionError('rbac', at, patterns, scopeRule)
    mapped.add(scope)
    for (const [i, one] of (patterns as readonly string[]).entries()) {
      index.at(readPattern({ list: at, index: i }, one, accepted)).set(scope, true)
      yield
    }
  }
  return { mapped, index }
}

/** Characters of a policy that wait to be hashed. A small policy is hashed when its version is first asked for, which may be never. */
const WAITING = 16_384

/** Makes a digest of what a policy says. */
export class Fingerprint {
  #text = ''
  #hash: Hash | undefined

  add(section: string, name: string, definition: unknown): void {
    this.#text += `${JSON.stringify([section, name, definition], withFunctions)}\n`
    if (this.#text.length > WAITING) this.#take()
  }

  /** Gives the first 16 digits of a SHA-256; nothing may be added any more. */
  version(): () => string {
    let version: string | undefined
    return () => (version ??= this.#take().digest('hex').slice(0, 16))
  }

  #take(): Hash {
    this.#hash ??= process.getBuiltinModule('node:crypto').createHash('sha256')
    this.#hash.update(this.#text)
    this.#text = ''
    return this.#hash
  }
}

/** JSON leaves functions out: two policies that differ in one would pass for the same. */
function withFunctions(_name: string, value: unknown): unknown {
  return typeof value === 'function' ? `function ${String(value)}` : value
}
