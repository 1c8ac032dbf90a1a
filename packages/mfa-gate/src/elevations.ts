import { sameAccount, type Principal } from '@sallyport/core'
import type { Proof } from './proof.ts'

interface Known {
  readonly login: Principal
  readonly proof: Proof
  readonly elevated: Principal
}

const MOST = 10_000

/**
 * What proofs made of logins a moment ago: the same login with the same proof comes with each request of a session, made anew, and to make
 * its principal anew costs more than all the rest of the gate. Only what is the same in every part is taken from here.
 */
export class Elevations {
  readonly #known = new Map<string, Known>()

  find(login: Principal, proof: Proof): Principal | undefined {
    const known = this.#known.get(login.subject)
    return known !== undefined && isSameLogin(known.login, login) && isSameProof(known.proof, proof)
      ? known.elevated
      : undefined
  }

  add(known: Known): void {
    this.#known.delete(known.login.subject)
    this.#known.set(known.login.subject, known)
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!)
  }
}

function isSameLogin(a: Principal, b: Principal): boolean {
  if (a === b) return true
  if (!sameAccount(a, b) || a.authTime !== b.authTime || a.acr !== b.acr || a.sid !== b.sid) return false
  if (a.actor !== b.actor || a.claims !== b.claims) return false
  return (
    isSameList(a.roles, b.roles) && isSameList(a.scopes, b.scopes) && isSameList(a.amr, b.amr) && isSameCredential(a, b)
  )
}

function isSameCredential({ credential: a }: Principal, { credential: b }: Principal): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.id !== b.id || a.ambient !== b.ambient) return false
  return a.issuedAt === b.issuedAt && a.expiresAt === b.expiresAt
}

function isSameProof(a: Proof, b: Proof): boolean {
  if (a.login !== b.login || !isSameList(a.amr, b.amr)) return false
  let count = 0
  for (const name in a.methods) {
    if (a.methods[name] !== b.methods[name]) return false
    count++
  }
  return Object.keys(b.methods).length === count
}

function isSameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
