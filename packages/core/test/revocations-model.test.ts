import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../src/principal.ts'
import { decodeRecord, encodeRecord } from '../src/revocation-record.ts'
import { RevocationSet } from '../src/revocation-set.ts'
import { REVOCATION_MARGIN, type Revocation } from '../src/revocations.ts'

const name = fc.constantFrom('a', 'b', 'c')
const tenant = fc.constantFrom(undefined, '', 'a', 'undefined')
const second = fc.integer({ min: 1000, max: 1020 })
const common = { issuer: name, expiresAt: second, reason: fc.string() }

const revocation: fc.Arbitrary<Revocation> = fc.oneof(
  fc.record({ kind: fc.constantFrom('token' as const, 'session' as const), id: name, ...common }),
  fc
    .record({ kind: fc.constant('subject' as const), tenant, subject: name, notAfter: second, ...common })
    .map(({ tenant: t, ...rest }) => (t === undefined ? rest : { ...rest, tenant: t })),
)

const principal: fc.Arbitrary<Principal> = fc
  .record({
    issuer: name,
    tenant,
    subject: name,
    sid: fc.option(name, { nil: undefined }),
    jti: fc.option(name, { nil: undefined }),
    issuedAt: fc.option(second, { nil: undefined }),
  })
  .map(({ issuer, tenant: t, subject, sid, jti, issuedAt }) => ({
    issuer,
    subject,
    roles: [],
    amr: [],
    ...(t !== undefined && { tenant: t }),
    ...(sid !== undefined && { sid }),
    credential: {
      kind: 'bearer',
      ambient: false,
      ...(jti !== undefined && { id: jti }),
      ...(issuedAt !== undefined && { issuedAt }),
    },
  }))

/** One revocation and one caller, as the documentation says it. */
function hits(one: Revocation, caller: Principal): boolean {
  if (one.issuer !== caller.issuer) return false
  if (one.kind === 'token') return one.id === caller.credential.id
  if (one.kind === 'session') return one.id === caller.sid
  const { issuedAt } = caller.credential
  return (
    one.subject === caller.subject &&
    one.tenant === caller.tenant &&
    (issuedAt === undefined || issuedAt <= one.notAfter)
  )
}

/** Revocations of the same thing: while one is in force, the next one widens it. */
class Model {
  readonly #known = new Map<string, Revocation>()

  add(one: Revocation, now: number): void {
    if (!inForce(one, now)) return
    const { kind, issuer } = one
    const place = JSON.stringify(
      kind === 'subject' ? [kind, issuer, one.tenant ?? null, one.subject] : [kind, issuer, one.id],
    )
    const old = this.#known.get(place)
    if (old === undefined || !inForce(old, now)) this.#known.set(place, one)
    else this.#known.set(place, widest(old, one))
  }

  refuses(caller: Principal, now: number): boolean {
    return [...this.#known.values()].some((one) => inForce(one, now) && hits(one, caller))
  }
}

function inForce({ expiresAt }: Revocation, now: number): boolean {
  return expiresAt + REVOCATION_MARGIN > now
}

function widest(a: Revocation, b: Revocation): Revocation {
  const expiresAt = Math.max(a.expiresAt, b.expiresAt)
  if (a.kind !== 'subject' || b.kind !== 'subject') return { ...a, expiresAt }
  return { ...a, expiresAt, notAfter: Math.max(a.notAfter, b.notAfter) }
}

describe('the set of revocations and a naive list', () => {
  it('refuse the same callers at any time', () => {
    const step = fc.record({ revocation, principal, wait: fc.constantFrom(0, 0, 1, 5) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const set = new RevocationSet()
        const model = new Model()
        let now = 1000 + REVOCATION_MARGIN - 5
        for (const { revocation: one, principal: caller, wait } of steps) {
          set.add(one, now)
          model.add(one, now)
          now += wait
          const found = set.find(caller, () => now)
          expect(found !== undefined).toBe(model.refuses(caller, now))
          if (found) expect(hits(found, caller)).toBe(true)
        }
        set.sweep(Infinity, Infinity)
        expect(set.size).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the set of revocations', () => {
  it('does not widen a new revocation by one that had ended, though it had not left yet', () => {
    const set = new RevocationSet()
    const of = (subject: string, notAfter: number, expiresAt: number): Revocation => ({
      kind: 'subject',
      issuer: 'i',
      subject,
      notAfter,
      expiresAt,
      reason: '',
    })
    for (let i = 0; i < 20; i++) set.add(of(`s${String(i)}`, 900, 1000), 0)
    const now = 1000 + REVOCATION_MARGIN
    for (let i = 0; i < 20; i++) {
      set.add(of(`s${String(i)}`, 500, 2000), now)
      const caller = (issuedAt: number): Principal => ({
        issuer: 'i',
        subject: `s${String(i)}`,
        roles: [],
        amr: [],
        credential: { kind: 'bearer', ambient: false, issuedAt },
      })
      expect(set.find(caller(501), () => now)).toBeUndefined()
      expect(set.find(caller(500), () => now)).toEqual(of(`s${String(i)}`, 500, 2000))
    }
  })
})

describe('a record', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(revocation, (one) => {
        expect(decodeRecord(encodeRecord(one))).toEqual(one)
      }),
    )
  })

  it('is refused, never thrown at, when it is anything else', () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ v: fc.constant(1), kind: fc.constantFrom('token', 'subject', 'loss', null), id: fc.anything() })
        .map((one) => Buffer.from(JSON.stringify(one))),
    )
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(decodeRecord(bytes)).toBeUndefined()
      }),
    )
  })
})
