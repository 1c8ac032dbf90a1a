import type { AccountId, Principal } from './principal.ts'
import { REVOCATION_MARGIN, type Revocation } from './revocations.ts'
import { flat } from './store/flat.ts'
import { ExpiryHeap, type Expiring } from './store/expiry-heap.ts'

/** One revocation, known by where it hangs: issuer, kind, tenant and name are not repeated in it. */
interface Held extends Expiring {
  readonly home: Home
  readonly name: string
  /** Of a subject: nothing issued before or in this second. */
  notAfter: number
  endsAt: number
  reason: string
}

/** The revoked names of one kind, of one issuer and tenant. */
interface Home {
  readonly names: Map<string, Held>
  readonly whenEmpty?: () => void
}

interface Issuer {
  readonly tokens: Home
  readonly sessions: Home
  /** An absent tenant is a key of its own, which no string equals. */
  readonly tenants: Map<string | undefined, Home>
}

/** The time in seconds, asked only when something is found. */
type Now = () => number

/** Ended entries that leave whenever one is added: more than come, so that they never pile up. */
const SWEEP = 4

/**
 * What is revoked, found by issuer and then by name without building a key. Times are in seconds.
 *
 * Ended entries leave as others come and in `sweep`; those still there are not found any more.
 */
export class RevocationSet {
  readonly #issuers = new Map<string, Issuer>()
  readonly #heap = new ExpiryHeap<Held>()
  #reason = ''
  #epoch: number | undefined

  get size(): number {
    return this.#heap.size
  }

  get epoch(): number | undefined {
    return this.#epoch
  }

  /** Refuses everything issued before or in a second. Answers whether that changed anything. */
  raiseEpoch(second: number): boolean {
    if (this.#epoch !== undefined && this.#epoch >= second) return false
    this.#epoch = second
    return true
  }

  /** Adds a revocation. The widest stays of those that hit the same. Answers whether that changed anything. */
  add(revocation: Revocation, now: number): boolean {
    this.sweep(now, SWEEP)
    const expiresAt = revocation.expiresAt + REVOCATION_MARGIN
    if (expiresAt <= now) return false
    const home = this.#homeOf(revocation)
    const name = flat(revocation.kind === 'subject' ? revocation.subject : revocation.id)
    const notAfter = revocation.kind === 'subject' ? revocation.notAfter : Infinity
    const reason = this.#shared(revocation.reason)
    const held = home.names.get(name)
    if (held === undefined) {
      const added = { home, name, notAfter, endsAt: revocation.expiresAt, reason, expiresAt, slot: -1 }
      home.names.set(name, added)
      this.#heap.add(added)
      return true
    }
    // One that has ended and not yet left says nothing any more about the new one.
    if (held.expiresAt <= now) held.notAfter = held.endsAt = -Infinity
    return this.#widen(held, notAfter, revocation.expiresAt, reason)
  }

  /** Removes up to so many of the entries that have ended. */
  sweep(now: number, most: number): void {
    for (let i = 0; i < most; i++) {
      const held = this.#heap.due(now)
      if (held === undefined) return
      this.#heap.remove(held)
      held.home.names.delete(held.name)
      if (held.home.names.size === 0) held.home.whenEmpty?.()
    }
  }

  /** What hits a principal, if anything. */
  find(principal: Principal, now: Now): Revocation | undefined {
    const { issuedAt } = principal.credential
    if (this.#epoch !== undefined && isIssuedBy(issuedAt, this.#epoch)) return lossOf(principal, this.#epoch)
    if (this.#heap.size === 0) return undefined
    return this.#named(principal, now) ?? this.#accounts(principal, now)
  }

  #named(principal: Principal, now: Now): Revocation | undefined {
    const known = this.#issuers.get(principal.issuer)
    if (known === undefined) return undefined
    const { issuer, sid } = principal
    const { id } = principal.credential
    const token = id === undefined ? undefined : alive(known.tokens.names.get(id), now)
    if (token) return { kind: 'token', issuer, id: token.name, expiresAt: token.endsAt, reason: token.reason }
    const session = sid === undefined ? undefined : alive(known.sessions.names.get(sid), now)
    return session && { kind: 'session', issuer, id: session.name, expiresAt: session.endsAt, reason: session.reason }
  }

  #accounts(principal: Principal, now: Now): Revocation | undefined {
    const { actor, issuer, tenant } = principal
    const { issuedAt } = principal.credential
    const own = this.#account(principal, issuedAt, now)
    if (own || actor === undefined) return own
    // Only the one who acts now: RFC 8693, section 4.1 lets earlier actors have no say. It names an actor without tenant.
    const acting = { issuer: actor.issuer ?? issuer, subject: actor.subject }
    const hit = this.#account(acting, issuedAt, now)
    return hit ?? (tenant === undefined ? undefined : this.#account({ ...acting, tenant }, issuedAt, now))
  }

  #account(account: AccountId, issuedAt: number | undefined, now: Now): Revocation | undefined {
    const { issuer, tenant, subject } = account
    const held = alive(this.#issuers.get(issuer)?.tenants.get(tenant)?.names.get(subject), now)
    if (held === undefined || !isIssuedBy(issuedAt, held.notAfter)) return undefined
    return subjectOf(account, held.notAfter, held.endsAt, held.reason)
  }

  #widen(held: Held, notAfter: number, endsAt: number, reason: string): boolean {
    let changed = false
    if (notAfter > held.notAfter) {
      held.notAfter = notAfter
      held.reason = reason
      changed = true
    }
    if (endsAt > held.endsAt) {
      held.endsAt = endsAt
      this.#heap.renew(held, endsAt + REVOCATION_MARGIN)
      changed = true
    }
    return changed
  }

  #homeOf(revocation: Revocation): Home {
    let known = this.#issuers.get(revocation.issuer)
    if (known === undefined) {
      known = { tokens: { names: new Map() }, sessions: { names: new Map() }, tenants: new Map() }
      this.#issuers.set(revocation.issuer, known)
    }
    if (revocation.kind === 'token') return known.tokens
    if (revocation.kind === 'session') return known.sessions
    const { tenants } = known
    const { tenant } = revocation
    let accounts = tenants.get(tenant)
    if (accounts === undefined) {
      accounts = { names: new Map(), whenEmpty: () => void tenants.delete(tenant) }
      tenants.set(tenant, accounts)
    }
    return accounts
  }

  /** A million records mostly give the reason of their neighbour: one string serves them all. */
  #shared(reason: string): string {
    if (reason !== this.#reason) this.#reason = reason
    return this.#reason
  }
}

function alive(held: Held | undefined, now: Now): Held | undefined {
  return held !== undefined && held.expiresAt > now() ? held : undefined
}

/** Whether a credential was issued before or in a second. One that does not say when may have been. */
function isIssuedBy(issuedAt: number | undefined, second: number): boolean {
  return issuedAt === undefined || !(Math.floor(issuedAt) > second)
}

function lossOf(account: AccountId, epoch: number): Revocation {
  return subjectOf(account, epoch, Number.MAX_SAFE_INTEGER, 'The list of revocations was lost')
}

function subjectOf(
  { issuer, tenant, subject }: AccountId,
  notAfter: number,
  expiresAt: number,
  reason: string,
): Revocation {
  return { kind: 'subject', issuer, ...(tenant !== undefined && { tenant }), subject, notAfter, expiresAt, reason }
}
