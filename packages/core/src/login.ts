import type { Actor, Credential, Principal } from './principal.ts'

/** A login that the app already has. Only `subject` is needed. */
export interface Login {
  /** The account's id within the issuer; a number is taken as its decimal text. */
  readonly subject: string | number
  /** @default the issuer of the gate */
  readonly issuer?: string
  readonly tenant?: string
  readonly actor?: Actor
  /** @default [] */
  readonly roles?: readonly string[]
  /** Absent: the login has no scopes, and they limit nothing. */
  readonly scopes?: readonly string[]
  /** @default [] */
  readonly amr?: readonly string[]
  readonly acr?: string
  /** Seconds since the Unix epoch. */
  readonly authTime?: number
  readonly sid?: string
  /**
   * Its `issuedAt` is `authTime` where it has none of its own. With neither, revoking everything of the account until now also hits
   * its later logins, because nobody can tell them apart.
   * @default { kind: 'session', ambient: true }
   */
  readonly credential?: Credential
}

/**
 * The principal of a login, frozen.
 * @throws TypeError for a login without subject, or with parts of the wrong kind: to go on with half of who somebody is
 *   would be a guess
 */
export function principalOfLogin(login: Login, issuer: string): Principal {
  const { subject, actor } = login
  const authTime = seconds(login.authTime)
  const credential = { ...optional('issuedAt', authTime), ...(login.credential ?? { kind: 'session', ambient: true }) }
  const named = typeof subject === 'number' && Number.isSafeInteger(subject) ? String(subject) : subject
  if (typeof named !== 'string' || named === '') throw new TypeError('A login needs a subject')
  const principal: Principal = {
    issuer: text(login.issuer, 'issuer') ?? issuer,
    subject: named,
    ...optional('tenant', text(login.tenant, 'tenant')),
    ...optional('actor', actor),
    roles: texts(login.roles, 'roles') ?? [],
    ...optional('scopes', texts(login.scopes, 'scopes')),
    amr: texts(login.amr, 'amr') ?? [],
    ...optional('acr', text(login.acr, 'acr')),
    ...optional('authTime', authTime),
    ...optional('sid', text(login.sid, 'sid')),
    credential: Object.freeze(credential),
  }
  return Object.freeze(principal)
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value }
}

function text(value: string | null | undefined, name: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new TypeError(`A login's ${name} must be a string`)
  return value
}

function texts(value: readonly string[] | null | undefined, name: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || value.some((one: unknown) => typeof one !== 'string')) {
    throw new TypeError(`A login's ${name} must be a list of strings`)
  }
  return Object.freeze([...(value as readonly string[])])
}

function seconds(value: number | undefined): number | undefined {
  if (value !== undefined && !Number.isFinite(value))
    throw new TypeError("A login's authTime must be a number of seconds")
  return value
}
