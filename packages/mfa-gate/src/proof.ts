import { sameAccount, type AccountId, type Principal } from '@sallyport/core'
import { accountOf } from './account.ts'

/**
 * What a login has proved beyond what its principal says: kept in the session or in the token. Times are in seconds since the Unix epoch.
 */
export interface Proof {
  /** Whose it is: a proof is of no use to another account that logs in to the same session. */
  readonly account: AccountId
  /** When that login was, where it says so: of no use to a later login of the same account either. */
  readonly login: number | null
  /** When each method was last used. */
  readonly methods: Readonly<Record<string, number>>
  /** Words of RFC 8176 that came with them. */
  readonly amr: readonly string[]
}

/** Reads what was kept. Nothing for what is no proof, or somebody else's. Makes nothing: it is read on every request. */
export function readProof(kept: unknown, principal: Principal): Proof | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined
  const { account, login, methods, amr } = kept as Partial<Proof>
  if (typeof account !== 'object' || account === null || !sameAccount(account, principal)) return undefined
  if (login !== (principal.authTime ?? null)) return undefined
  if (typeof methods !== 'object' || methods === null || !Array.isArray(amr)) return undefined
  for (const name in methods) if (!Number.isFinite(methods[name])) return undefined
  for (const word of amr) if (typeof word !== 'string') return undefined
  return kept as Proof
}

/** A method that was used just now. */
export interface UsedMethod {
  readonly kind: string
  readonly amr: readonly string[]
  /** Seconds since the Unix epoch. */
  readonly time: number
  /** Whether it makes the login one of several factors. */
  readonly second: boolean
}

/** A proof with one more method. */
export function extended(proof: Proof | undefined, principal: Principal, used: UsedMethod): Proof {
  const words = [...(proof?.amr ?? []), used.kind, ...used.amr, ...(used.second ? ['mfa'] : [])]
  return {
    account: accountOf(principal),
    login: principal.authTime ?? null,
    methods: { ...proof?.methods, [used.kind]: used.time },
    amr: [...new Set(words)],
  }
}

/** The principal that a proof makes of a login: more methods, a later time, a higher level. */
export function elevated(principal: Principal, { methods, amr }: Proof, acr: string | undefined): Principal {
  let authTime = principal.authTime ?? 0
  for (const name in methods) if (methods[name]! > authTime) authTime = methods[name]!
  const missing = amr.filter((word) => !principal.amr.includes(word))
  if (principal.authTime === authTime && principal.acr === acr && missing.length === 0) return principal
  return Object.freeze({
    ...principal,
    amr: missing.length === 0 ? principal.amr : Object.freeze([...principal.amr, ...missing]),
    authTime,
    ...(acr !== undefined && { acr }),
  })
}
