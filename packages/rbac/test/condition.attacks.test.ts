import { rbac, type Condition } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { environment, principal, refusal } from './support.ts'

const only = (when: Condition) => rbac({ roles: { r: [{ permission: 'o:x', when }] }, env: environment() })
const clerk = principal({ roles: ['r'] })

describe('the trap of a question about the class', () => {
  // Elsewhere `can('update', 'Post')` is true as soon as any rule exists, and the route lets everybody in.
  it('is closed: a grant that depends on the object is no grant without one', () => {
    const access = rbac({
      roles: {
        owner: [{ permission: 'orders:update', when: { owner: 'ownerId' } }],
        coder: [{ permission: 'orders:update', when: () => true }],
        local: [{ permission: 'invoices:update' }],
        nearly: {
          allow: ['orders:update'],
          deny: [{ permission: 'orders:update', when: { eq: [{ object: 'locked' }, true] } }],
        },
        chief: ['orders:update'],
      },
      tenancy: { invoices: 'tenantId' },
      env: environment(),
    })
    const ask = (role: string, permission: string): boolean[] => {
      const who = principal({ roles: [role], tenant: 'acme' })
      return [
        access.can(who, permission),
        access.compile(who).can(permission),
        access.filter(who, permission).condition.op === 'always',
      ]
    }
    expect(ask('owner', 'orders:update')).toEqual([false, false, false])
    expect(ask('local', 'invoices:update')).toEqual([false, false, false])
    expect(ask('nearly', 'orders:update')).toEqual([false, false, false])
    expect(ask('chief', 'orders:update')).toEqual([true, true, true])
    const coder = principal({ roles: ['coder'] })
    expect([access.can(coder, 'orders:update'), access.compile(coder).can('orders:update')]).toEqual([false, false])
  })

  it('is closed for the port that other packages ask', () => {
    const env = environment()
    rbac({ roles: { owner: [{ permission: 'orders:update', when: { owner: 'ownerId' } }] }, env })
    expect(env.ports.ask('can')(principal({ roles: ['owner'] }), 'orders:update')).toBe(false)
  })
})

describe('an object without an owner', () => {
  it.each([[undefined], [null], [''], [0], [Number.NaN], [['u1']], [{ subject: 'u1' }]])(
    '%j is nobody’s',
    (ownerId) => {
      const access = only({ owner: 'ownerId' })
      const nobody = principal({ roles: ['r'], subject: undefined as never })
      for (const who of [
        clerk,
        nobody,
        principal({ roles: ['r'], subject: 'null' }),
        principal({ roles: ['r'], subject: 'undefined' }),
      ]) {
        expect(access.can(who, 'o:x', { ownerId }), who.subject).toBe(false)
      }
    },
  )

  it('and a caller without a tenant do not meet', () => {
    const access = rbac({ roles: { r: ['o:x'] }, tenancy: { o: 'tenantId' }, env: environment() })
    for (const object of [{}, { tenantId: undefined }, { tenantId: null }]) {
      expect(access.can(clerk, 'o:x', object)).toBe(false)
      expect(access.can(principal({ roles: ['r'], tenant: undefined as never }), 'o:x', object)).toBe(false)
      expect(access.can(principal({ roles: ['r'], tenant: null as never }), 'o:x', object)).toBe(false)
    }
  })
})

describe('members that every object has', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'a.__proto__.b', 'constructor.name'])('%s is no field', (name) => {
    for (const when of [
      { eq: [{ object: name }, 'x'] },
      { owner: name },
      { eq: [{ principal: `claims.${name}` }, 'x'] },
    ]) {
      expect(refusal(() => only(when as Condition))).toContain('ERR_OPTION')
    }
    expect(refusal(() => rbac({ roles: {}, tenancy: { o: name }, env: environment() }))).toContain('ERR_OPTION')
    expect(
      refusal(() => rbac({ roles: { r: [{ permission: 'o:x', fields: [name] }] }, env: environment() })),
    ).toContain('ERR_OPTION')
  })

  it('are not read through the prototype', () => {
    const access = only({ eq: [{ object: 'admin' }, true] })
    expect(access.can(clerk, 'o:x', Object.create({ admin: true }) as object)).toBe(false)
    expect(access.can(clerk, 'o:x', JSON.parse('{"__proto__":{"admin":true}}') as object)).toBe(false)
    class Entity {
      get admin(): boolean {
        return true
      }
    }
    expect(access.can(clerk, 'o:x', new Entity())).toBe(false)
    expect(access.can(clerk, 'o:x', { admin: true })).toBe(true)
  })

  it('are not read through the prototype of claims', () => {
    const access = only({ eq: [{ principal: 'claims.toString' }, null] })
    expect(access.can(principal({ roles: ['r'], claims: {} }), 'o:x', {})).toBe(true)
  })

  it('nor by a polluted root', () => {
    const root = Object.prototype as { ownerId?: string }
    root.ownerId = 'u1'
    try {
      expect(only({ owner: 'ownerId' }).can(clerk, 'o:x', {})).toBe(false)
    } finally {
      delete root.ownerId
    }
  })
})

describe('values made to confuse', () => {
  it('of another kind are equal to nothing', () => {
    const access = only({ eq: [{ object: 'level' }, 3] })
    for (const level of ['3', [3], { valueOf: () => 3 }, true, 3n, '3 or 1=1', new Number(3)]) {
      expect(access.can(clerk, 'o:x', { level })).toBe(false)
    }
  })

  it('are not taken for references', () => {
    const access = only({ eq: [{ object: 'note' }, '$principal.subject'] })
    expect(access.can(clerk, 'o:x', { note: 'u1' })).toBe(false)
    expect(access.can(clerk, 'o:x', { note: { principal: 'subject' } })).toBe(false)
    expect(access.can(clerk, 'o:x', { note: '$principal.subject' })).toBe(true)
  })

  it('in the object are data, however they look', () => {
    const access = only({ in: [{ object: 'status' }, ['open']] })
    expect(access.can(clerk, 'o:x', { status: { in: ['open'] } })).toBe(false)
    expect(access.can(clerk, 'o:x', { status: ['open'] })).toBe(false)
  })

  it('do not get around a deny rule by being left out, or of another kind', () => {
    const access = rbac({
      roles: { r: { allow: ['o:x'], deny: [{ permission: 'o:x', when: { eq: [{ object: 'locked' }, true] } }] } },
      env: environment(),
    })
    for (const object of [
      {},
      { locked: 'true' },
      { locked: 1 },
      { locked: null },
      { Locked: false },
      { locked: true },
    ]) {
      expect(access.can(clerk, 'o:x', object)).toBe(false)
    }
    expect(access.can(clerk, 'o:x', { locked: false })).toBe(true)
  })
})

describe('an object that does not let itself be read', () => {
  it('is nobody’s, and no question about it throws', () => {
    const revoked = Proxy.revocable({ ownerId: 'u1' }, {})
    revoked.revoke()
    const failing = {
      get ownerId(): string {
        throw new Error('SECRET')
      },
    }
    const access = only({ owner: 'ownerId' })
    for (const object of [revoked.proxy, failing]) {
      expect(access.can(clerk, 'o:x', object)).toBe(false)
      expect(access.filter(clerk, 'o:x').matches(object)).toBe(false)
      expect(access.explain(clerk, 'o:x', object)).toMatchObject({ decision: 'denied', reason: 'condition' })
    }
  })
})

describe('a text made to take long', () => {
  it('is compared at once: no condition is a regular expression', () => {
    const access = only({ or: [{ eq: [{ object: 'x' }, 'a'.repeat(50)] }, { in: [{ object: 'x' }, ['(a+)+$', 'b']] }] })
    const long = `${'a'.repeat(1_000_000)}!`
    for (let i = 0; i < 1000; i++) expect(access.can(clerk, 'o:x', { x: long })).toBe(false)
  })
})

describe('a condition that is changed after it was given', () => {
  it('stays what it was', () => {
    const list = ['open']
    const when = { in: [{ object: 'status' }, list] as [{ object: string }, string[]] }
    const access = only(when)
    list.push('closed')
    when.in[0].object = 'other'
    expect(access.can(clerk, 'o:x', { status: 'closed', other: 'closed' })).toBe(false)
    expect(access.can(clerk, 'o:x', { status: 'open' })).toBe(true)
  })
})
