import { optionError, type Principal } from '@sallyport/core'
import { isPlainObject } from '../options.ts'

/** A principal as a table has it: its roles and whatever else a rule asks for. */
export type CasePrincipal = Partial<Omit<Principal, 'credential'>>

const MEMBERS = [
  'issuer',
  'tenant',
  'subject',
  'actor',
  'roles',
  'scopes',
  'amr',
  'acr',
  'authTime',
  'sid',
  'claims',
] as const satisfies readonly (keyof CasePrincipal)[]

/** @throws SecurityError ERR_OPTION */
export function casePrincipal(factory: string, at: string, given: unknown): Principal {
  if (!isPlainObject(given))
    throw optionError(factory, at, given, { accepts: "a principal such as { roles: ['viewer'] }" })
  const unknown = Object.keys(given).find((name) => !(MEMBERS as readonly string[]).includes(name))
  if (unknown !== undefined) throw optionError(factory, at, unknown, { accepts: MEMBERS.join(', ') })
  for (const name of ['roles', 'scopes', 'amr'] as const) {
    const list = given[name]
    if (list !== undefined && !(Array.isArray(list) && list.every((one) => typeof one === 'string'))) {
      throw optionError(factory, `${at}.${name}`, list, { accepts: 'a list of names' })
    }
  }
  return {
    issuer: 'test',
    subject: 'somebody',
    roles: [],
    amr: [],
    ...(given as CasePrincipal),
    credential: { kind: 'bearer', ambient: false },
  }
}
