import { optionError } from '@sallyport/core'
import type { PolicyDocument } from './document.ts'
import type { Fingerprint } from './compile-policy.ts'
import { readPath } from './fields.ts'
import { isPlainObject } from './options.ts'
import { isPattern } from './permission.ts'
import type { RoleNode } from './role-graph.ts'
import { placeText, plainRule, readPattern, type Accepted, type Rule } from './rule.ts'
import type { Steps } from './steps.ts'

const FORM = { accepts: "resources by action, such as { write: 'data/*', read: ['data/*', 'events/*'] }" }

/** The role that a service is. */
export function roleOfService(service: string): string {
  return `service:${service}`
}

/**
 * Reads what services may do and adds the role that each of them is to the graph.
 * @returns names of the services
 * @throws SecurityError ERR_OPTION
 */
export function* readServices(
  given: NonNullable<PolicyDocument['services']>,
  accepted: Accepted,
  graph: Map<string, RoleNode>,
  fingerprint: Fingerprint,
): Steps<ReadonlySet<string>> {
  const services = new Set<string>()
  for (const service of Object.keys(given)) {
    const definition: unknown = given[service]
    const at = `services.${service}`
    const role = roleOfService(service)
    if (service === '') throw optionError('rbac', 'services', service, { accepts: 'names that are not empty' })
    if (!isPlainObject(definition)) throw optionError('rbac', at, definition, FORM)
    if (graph.has(role)) {
      throw optionError('rbac', `roles.${role}`, role, { accepts: `another name: this one is the service ${service}` })
    }
    graph.set(role, { inherits: [], tenants: undefined, rules: yield* rulesOf(role, at, definition, accepted) })
    services.add(service)
    fingerprint.add('service', service, definition)
  }
  return services
}

function* rulesOf(
  role: string,
  at: string,
  definition: Readonly<Record<string, unknown>>,
  accepted: Accepted,
): Steps<Rule[]> {
  const rules: Rule[] = []
  for (const action of Object.keys(definition)) {
    const given = definition[action]
    const resources: readonly unknown[] = Array.isArray(given) ? given : [given]
    for (const [i, resource] of resources.entries()) {
      const place = { role, list: `${at}.${action}`, index: resources === given ? i : undefined }
      if (typeof resource !== 'string') throw optionError('rbac', placeText(place), resource, FORM)
      rules.push(plainRule(place, 'allow', readPattern(place, `${resource}:${action}`, accepted)))
      yield
    }
  }
  return rules
}

/**
 * Reads where objects have their tenant: a field by resource, or by pattern of resources.
 * @throws SecurityError ERR_OPTION
 */
export function readTenancy(
  given: Readonly<Record<string, unknown>>,
  fingerprint: Fingerprint,
): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>()
  for (const [resource, field] of Object.entries(given)) {
    if (!isPattern(`${resource}:x`)) {
      throw optionError('rbac', 'tenancy', resource, { accepts: "resources such as 'orders', 'data/*' or '*'" })
    }
    fields.set(resource, readPath(`tenancy.${resource}`, field).path)
  }
  if (fields.size > 0) fingerprint.add('tenancy', '', given)
  return fields
}
