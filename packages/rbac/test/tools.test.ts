import type { PolicyDocument } from '@sallyport/rbac'
import { impact, testPolicy, type ImpactChange, type PolicySuite } from '@sallyport/rbac/tools'
import { describe, expect, it } from 'vitest'
import { refusal } from './support.ts'

const policy: PolicyDocument = {
  roles: {
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], allow: [{ permission: 'orders:update', when: { owner: 'ownerId' } }] },
    guest: { deny: ['orders:read'] },
  },
  tenancy: { reports: 'tenantId' },
}

describe('testPolicy()', () => {
  const suite: PolicySuite = {
    principals: { ada: { subject: 'ada', roles: ['clerk'] } },
    cases: [
      { who: 'ada', permission: 'orders:read', expected: 'granted' },
      { who: 'ada', permission: 'orders:update', expected: 'depends' },
      { who: 'ada', permission: 'orders:update', object: { ownerId: 'ada' }, expected: 'granted' },
      { who: 'ada', permission: 'orders:update', object: { ownerId: 'eve' }, expected: 'denied' },
      { who: 'ada', permission: 'orders:update', object: {}, expected: 'denied', note: 'an order without an owner' },
      { who: { roles: ['viewer'], scopes: ['other'] }, permission: 'orders:read', expected: 'denied' },
      { who: { roles: ['viewer', 'guest'] }, permission: 'orders:read', expected: 'denied' },
      { permission: 'orders:read', expected: 'denied' },
      { who: null, permission: 'orders:read', expected: 'denied' },
    ],
  }

  it('passes a policy that does what the table says', () => {
    expect(testPolicy(policy, suite)).toEqual({ passed: 9, failures: [], policy: expect.any(String) as string })
    expect(testPolicy(policy, [])).toMatchObject({ passed: 0, failures: [] })
  })

  it('tells each case that came out otherwise, and why', () => {
    const cases = [
      { who: { roles: ['viewer'] }, permission: 'orders:read', expected: 'granted' },
      { who: { roles: ['viewer'] }, permission: 'orders:update', expected: 'granted', note: 'wrong' },
      { who: { roles: ['clerk'] }, permission: 'orders:update', expected: 'granted' },
    ] as const
    expect(testPolicy(policy, cases)).toMatchObject({
      passed: 1,
      failures: [
        { index: 1, case: cases[1], actual: 'denied', why: 'orders:update denied: no role of [viewer] grants it' },
        {
          index: 2,
          actual: 'depends',
          why: 'orders:update depends on the object: role clerk has orders:update when object.ownerId eq principal.subject',
        },
      ],
    })
  })

  it.each<[string, unknown, string]>([
    ['no list', {}, 'testPolicy: option `cases` was undefined'],
    ['nothing', null, 'option `cases`'],
    ['a case that is a text', ['orders:read'], "option `cases[0]` was 'orders:read'"],
    ['a misspelt member', [{ permission: 'x', expect: 'granted' }], "option `cases[0]` was 'expect'"],
    ['no permission', [{ expected: 'granted' }], 'option `cases[0].permission` was undefined'],
    [
      'another word',
      [{ permission: 'x', expected: true }],
      'option `cases[0].expected` was true; accepted is granted, denied, depends',
    ],
    ['an object that is none', [{ permission: 'x', expected: 'denied', object: 'o' }], 'option `cases[0].object`'],
    [
      'a principal of another name',
      [{ who: 'eve', permission: 'x', expected: 'denied' }],
      "option `cases[0].who` was 'eve'; accepted is one of the suite's principals: there are none",
    ],
    [
      'a principal with a misspelt part',
      [{ who: { role: ['x'] }, permission: 'x', expected: 'denied' }],
      "option `cases[0].who` was 'role'",
    ],
    [
      'a principal with one role',
      [{ who: { roles: 'x' }, permission: 'x', expected: 'denied' }],
      "option `cases[0].who.roles` was 'x'",
    ],
    ['principals in a list', { principals: [], cases: [] }, 'option `principals`'],
  ])('refuses a table that is wrong: %s', (_, table, message) => {
    const given = refusal(() => testPolicy(policy, table as PolicySuite))
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })

  it('refuses a policy that is wrong', () => {
    expect(refusal(() => testPolicy({ roles: { a: ['a:'] } }, []))).toContain('ERR_OPTION rbac: option `roles.a[0]`')
  })
})

describe('impact()', () => {
  const lines = (changes: readonly ImpactChange[]): string[] =>
    changes
      .map(
        ({ who, tenant, permission, from, to, effect }) =>
          `${who}${tenant ? `@${tenant}` : ''} ${effect} ${permission}: ${from} > ${to}`,
      )
      .toSorted()
  const between = (before: PolicyDocument['roles'], after: PolicyDocument['roles']): string[] =>
    lines(impact({ roles: before }, { roles: after }).changes)

  it('finds nothing between a policy and itself', () => {
    expect(impact(policy, policy).changes).toEqual([])
    expect(between({ a: ['x:y', 'x:z'] }, { a: { allow: ['x:z'], inherits: ['b'] }, b: ['x:y'] })).toEqual([
      'b gains x:y: denied > granted',
    ])
  })

  it('says who gains and who loses what, by inheritance too', () => {
    expect(
      between({ a: ['x:y'], b: { inherits: ['a'] }, c: ['x:z'] }, { a: ['x:z'], b: { inherits: ['a'] }, c: ['x:z'] }),
    ).toEqual([
      'a gains x:z: denied > granted',
      'a loses x:y: granted > denied',
      'b gains x:z: denied > granted',
      'b loses x:y: granted > denied',
    ])
  })

  it('tells a role that comes or goes', () => {
    expect(between({ a: ['x:y'] }, { b: ['x:y'] })).toEqual([
      'a loses x:y: granted > denied',
      'b gains x:y: denied > granted',
    ])
  })

  it('tells what a wildcard covers: the names that are known, and the wildcard for the rest', () => {
    expect(
      between({ a: ['orders:read'], z: ['reports:read', 'login'] }, { a: ['*:read'], z: ['reports:read', 'login'] }),
    ).toEqual(['a gains *:read: denied > granted', 'a gains reports:read: denied > granted'])
    expect(between({ a: ['data/*:write'] }, { a: ['data/eu:write'] })).toEqual([
      'a loses data/*:write: granted > denied',
    ])
    expect(between({ a: ['*'] }, { a: ['*:*'] })).toEqual(['a loses *: granted > denied'])
  })

  it('tells a denial, a condition, and another condition', () => {
    const owner = { permission: 'x:y', when: { owner: 'a' } } as const
    expect(between({ a: ['x:y'] }, { a: { allow: ['x:y'], deny: ['x:y'] } })).toEqual(['a loses x:y: granted > denied'])
    expect(between({ a: ['x:y'] }, { a: [owner] })).toEqual(['a loses x:y: granted > depends'])
    expect(between({ a: [owner] }, { a: ['x:y'] })).toEqual(['a gains x:y: depends > granted'])
    expect(between({ a: [owner] }, { a: [{ ...owner, when: { owner: 'b' } }] })).toEqual([
      'a changes x:y: depends > depends',
    ])
    expect(between({ a: [owner] }, { a: ['other:z', owner] })).toEqual(['a gains other:z: denied > granted'])
    expect(between({ a: [{ ...owner, when: () => true }] }, { a: [{ ...owner, when: () => false }] })).toHaveLength(1)
  })

  it('tells other fields, and another field of tenants', () => {
    expect(between({ a: ['x:y'] }, { a: [{ permission: 'x:y', fields: ['id'] }] })).toEqual([
      'a changes x:y: granted > granted',
    ])
    const roles = { a: ['x:y'] }
    expect(lines(impact({ roles }, { roles, tenancy: { x: 'tenantId' } }).changes)).toEqual([
      'a loses x:y: granted > depends',
    ])
    expect(lines(impact({ roles, tenancy: { x: 'a' } }, { roles, tenancy: { x: 'b' } }).changes)).toEqual([
      'a changes x:y: depends > depends',
    ])
  })

  it('tells the tenants for which it changes', () => {
    expect(
      between({ a: { allow: ['x:y'], tenants: ['acme'] } }, { a: { allow: ['x:y'], tenants: ['acme', 'beta'] } }),
    ).toEqual(['a@beta gains x:y: denied > granted'])
    expect(between({ a: { allow: ['x:y'], tenants: ['acme'] } }, { a: { allow: ['x:y'] } })).toEqual([
      'a gains x:y: denied > granted',
    ])
  })

  it('tells services, and a catalogue that shrinks', () => {
    const services = (write: string): PolicyDocument => ({ roles: {}, services: { lake: { write } } })
    expect(lines(impact(services('data/*'), services('data/eu/*')).changes)).toEqual([
      'service:lake loses data/*:write: granted > denied',
    ])
    const roles = { a: ['*'] as const }
    expect(lines(impact({ permissions: ['x', 'y'], roles }, { permissions: ['x'], roles }).changes)).toEqual([
      'a loses y: granted > denied',
    ])
  })

  it('looks at people, whose roles together come to something else', () => {
    const before: PolicyDocument = { roles: { a: ['x:y'], b: ['x:z'] } }
    const after: PolicyDocument = { roles: { a: ['x:y'], b: { allow: ['x:z'], deny: ['x:y'] } } }
    expect(lines(impact(before, after).changes)).toEqual([])
    const { changes, ...versions } = impact(before, after, {
      principals: { ada: { roles: ['a', 'b'] }, bob: { roles: ['a'] } },
    })
    expect(lines(changes)).toEqual(['ada loses x:y: granted > denied'])
    expect(versions.before).not.toBe(versions.after)
  })

  it('is done with ten thousand rules', () => {
    const roles = Object.fromEntries(
      Array.from({ length: 1000 }, (_, r) => [`r${r}`, Array.from({ length: 10 }, (_, i) => `res${r}:act${i}`)]),
    )
    expect(lines(impact({ roles }, { roles: { ...roles, r500: ['res500:act0', 'res1:act1'] } }).changes)).toHaveLength(
      10,
    )
  })
})
