import { optionError } from '@sallyport/core'
import type { PolicyDocument, RoleDefinition } from '../document.ts'
import { isPermission } from '../permission.ts'

/** What came of an import. */
export interface CasbinImport {
  /** The policy; every subject of casbin's is a role, because casbin does not tell users from roles. */
  readonly policy: PolicyDocument
  /** The roles that a user of casbin's has here: the user's own, where the policy says something of it. */
  rolesOf(user: string): readonly string[]
}

/** The one matcher of the basic RBAC model, without spaces, in whatever order. */
const TERMS: readonly string[] = ['g(r.sub,p.sub)', 'r.obj==p.obj', 'r.act==p.act']
const ALLOW = 'some(where(p.eft==allow))'
const DENY_OVERRIDES = `${ALLOW}&&!some(where(p.eft==deny))`

/**
 * Reads casbin's basic RBAC model and a policy of it, as they stand in `rbac_model.conf` and `rbac_policy.csv`: `p` lines with subject,
 * object, action and, where the effect has deny override, `allow` or `deny`; `g` lines with a subject and a role.
 * @throws SecurityError ERR_OPTION for another model, and for a line that means something else here, with its number
 */
export function fromCasbin(model: string, policy: string): CasbinImport {
  checkModel(readSections(model))
  const roles = new Map<string, { inherits: string[]; allow: string[]; deny: string[] }>()
  const roleOf = (name: string): { inherits: string[]; allow: string[]; deny: string[] } => {
    let role = roles.get(name)
    if (role === undefined) roles.set(name, (role = { inherits: [], allow: [], deny: [] }))
    return role
  }
  const denies = effectOf(readSections(model)) === DENY_OVERRIDES
  for (const [i, line] of policy.split(/\r?\n/).entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const [kind, subject, ...rest] = text.split(',').map((part) => part.trim())
    const wrong = (accepts: string): Error => optionError('fromCasbin', `policy line ${i + 1}`, text, { accepts })
    if (subject === undefined || subject === '') throw wrong('p, subject, object, action or g, subject, role')
    if (kind === 'g' && rest.length === 1 && rest[0] !== '') {
      roleOf(rest[0]!)
      roleOf(subject).inherits.push(rest[0]!)
    } else if (kind === 'p' && (rest.length === 2 || (denies && rest.length === 3))) {
      const [object = '', action = '', effect = 'allow'] = rest
      const permission = `${object}:${action}`
      if (!isPermission(permission))
        throw wrong('an object and an action of letters, digits and _ . - /, as permissions have them here')
      if (effect !== 'allow' && effect !== 'deny') throw wrong("'allow' or 'deny' as the effect")
      roleOf(subject)[effect].push(permission)
    } else throw wrong('p, subject, object, action or g, subject, role, as the basic RBAC model has them')
  }
  const definitions: [string, RoleDefinition][] = [...roles].map(([name, { inherits, allow, deny }]) => [
    name,
    { inherits, allow, ...(deny.length > 0 && { deny }) },
  ])
  return {
    policy: { roles: Object.fromEntries(definitions) },
    rolesOf: (user) => (roles.has(user) ? [user] : []),
  }
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>

function readSections(model: string): Sections {
  const sections = new Map<string, Map<string, string>>()
  let section = ''
  for (const line of model.split(/\r?\n/)) {
    const text = line.replace(/[#;].*$/, '').trim()
    const heading = /^\[(\w+)\]$/.exec(text)?.[1]
    if (heading !== undefined) section = heading
    const [, key, value] = /^(\w+)\s*=\s*(.+)$/.exec(text) ?? []
    if (key === undefined || value === undefined) continue
    if (!sections.has(section)) sections.set(section, new Map())
    sections.get(section)!.set(key, value.replaceAll(/\s+/g, ''))
  }
  return sections
}

function effectOf(sections: Sections): string | undefined {
  return sections.get('policy_effect')?.get('e')
}

function checkModel(sections: Sections): void {
  const demand = (section: string, key: string, ...accepted: readonly string[]): void => {
    const given = sections.get(section)?.get(key)
    const size = sections.get(section)?.size ?? 0
    if (given !== undefined && accepted.includes(given) && size === 1) return
    throw optionError('fromCasbin', `model [${section}] ${key}`, given, { accepts: accepted.join(' or ') })
  }
  demand('request_definition', 'r', 'sub,obj,act')
  const effect = effectOf(sections)
  demand('policy_definition', 'p', effect === DENY_OVERRIDES ? 'sub,obj,act,eft' : 'sub,obj,act')
  demand('role_definition', 'g', '_,_')
  demand('policy_effect', 'e', ALLOW, DENY_OVERRIDES)
  const matcher = sections.get('matchers')?.get('m')
  const terms = matcher?.split('&&').toSorted().join('&&')
  if (terms !== [...TERMS].toSorted().join('&&')) {
    throw optionError('fromCasbin', 'model [matchers] m', matcher, { accepts: `${TERMS.join(' && ')}, in any order` })
  }
}
