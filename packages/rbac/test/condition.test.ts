import type { Principal } from '@sallyport/core'
import { rbac, type Condition } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environment, principal, refusal } from './support.ts'

/** Whether a role with the condition has the permission; and whether one that everything is granted to keeps it where the condition denies. */
function holds(when: Condition, object: unknown, given: Partial<Principal> = {}): 'yes' | 'no' | 'unknown' {
  const access = rbac({
    policy: { roles: { r: [{ permission: 'o:x', when }], d: { allow: ['o:x'], deny: [{ permission: 'o:x', when }] } } },
    env: environment(),
  })
  const grants = access.can(principal({ ...given, roles: ['r'] }), 'o:x', object as object)
  const denies = !access.can(principal({ ...given, roles: ['d'] }), 'o:x', object as object)
  if (grants) {
    expect(denies).toBe(true)
    return 'yes'
  }
  // What cannot be told neither grants nor fails to deny.
  return denies ? 'unknown' : 'no'
}

const field = { object: 'x' }

describe('a condition', () => {
  it.each<[string, Condition, readonly unknown[], readonly unknown[], readonly unknown[]]>([
    ['eq', { eq: [field, 3] }, [3], [4, -3], ['3', null, undefined, true, [3], { x: 3 }, Number.NaN, 3n, new Date(3)]],
    ['eq, turned', { eq: ['a', field] }, ['a'], ['b', ''], [1, ['a'], { toString: (): string => 'a' }]],
    ['ne', { ne: [field, 'a'] }, ['b', ''], ['a'], [undefined, null, 0, ['a']]],
    ['eq with a boolean', { eq: [field, true] }, [true], [false], [1, 'true', undefined]],
    ['eq with null', { eq: [field, null] }, [null], [0, '', false, []], [undefined]],
    ['ne with null', { ne: [null, field] }, [0, ''], [null], [undefined]],
    ['lt', { lt: [field, 3] }, [2, -1], [3, 4], ['2', null, undefined, Number.NaN, true]],
    ['lte', { lte: [field, 3] }, [3], [4], ['3']],
    ['gt', { gt: [field, 3] }, [4], [3], [Infinity, '4']],
    ['gt, turned', { gt: [3, field] }, [2], [3], ['2']],
    ['gte of texts', { gte: [field, 'b'] }, ['b', 'c'], ['a', 'B'], [2, undefined]],
    ['in', { in: [field, ['a', 'b']] }, ['a'], ['c'], [1, null, undefined, ['a']]],
    ['in of two kinds', { in: [field, ['a', 1]] }, ['a', 1], [], ['b', 2]],
    ['in a list of the object', { in: ['a', field] }, [['b', 'a']], [['b'], []], ['a', undefined, [1], [null]]],
    ['not', { not: { eq: [field, 3] } }, [4], [3], ['3', undefined]],
    ['and', { and: [{ gt: [field, 1] }, { lt: [field, 3] }] }, [2], [1, 3], ['2', undefined]],
    ['or', { or: [{ lt: [field, 1] }, { gt: [field, 3] }] }, [0, 4], [2], ['0', undefined]],
    ['or of one that holds', { or: [{ eq: [{ object: 'y' }, 1] }, { eq: [field, 1] }] }, [1], [], [2]],
    ['and of one that fails', { and: [{ eq: [{ object: 'y' }, 1] }, { eq: [field, 1] }] }, [], [2], [1]],
  ])('%s holds, fails or cannot be told', (_, when, yes, no, unknown) => {
    for (const x of yes) expect(holds(when, { x }), String(x)).toBe('yes')
    for (const x of no) expect(holds(when, { x }), String(x)).toBe('no')
    for (const x of unknown) expect(holds(when, x === undefined ? {} : { x }), String(x)).toBe('unknown')
  })

  it('reads fields within fields', () => {
    const when: Condition = { eq: [{ object: 'customer.address.country' }, 'DE'] }
    expect(holds(when, { customer: { address: { country: 'DE' } } })).toBe('yes')
    expect(holds(when, { customer: { address: null } })).toBe('unknown')
    expect(holds(when, { customer: 'DE' })).toBe('unknown')
    expect(holds(when, { 'customer.address.country': 'DE' })).toBe('unknown')
  })

  it('compares two fields of an object', () => {
    const when: Condition = { lt: [{ object: 'spent' }, { object: 'budget' }] }
    expect([
      holds(when, { spent: 1, budget: 2 }),
      holds(when, { spent: 2, budget: 2 }),
      holds(when, { spent: 1 }),
    ]).toEqual(['yes', 'no', 'unknown'])
  })

  it('refers to what is known of the caller', () => {
    const who: Partial<Principal> = {
      subject: 'u7',
      tenant: 'acme',
      acr: 'gold',
      authTime: 100,
      sid: 's1',
      amr: ['pwd', 'otp'],
      scopes: ['o:x', 'extra'],
      claims: { region: 'eu', groups: ['a', 'b'], nested: { deep: 1 } },
      actor: { subject: 'support' },
    }
    const equal = (path: string, value: unknown): Condition => ({
      eq: [{ principal: path as 'subject' }, value as string],
    })
    for (const [path, value] of [
      ['issuer', 'https://issuer.example'],
      ['subject', 'u7'],
      ['tenant', 'acme'],
      ['acr', 'gold'],
      ['authTime', 100],
      ['sid', 's1'],
      ['credential.kind', 'bearer'],
      ['actor.subject', 'support'],
      ['claims.region', 'eu'],
      ['claims.nested.deep', 1],
    ] as const) {
      expect(holds(equal(path, value), {}, who), path).toBe('yes')
      expect(holds(equal(path, typeof value === 'string' ? 'other' : 0), {}, who), path).toBe('no')
    }
    expect(holds({ in: ['otp', { principal: 'amr' }] }, {}, who)).toBe('yes')
    expect(holds({ in: ['extra', { principal: 'scopes' }] }, {}, who)).toBe('yes')
    expect(holds({ in: [{ object: 'group' }, { principal: 'claims.groups' }] }, { group: 'b' }, who)).toBe('yes')
    expect(holds({ in: [{ object: 'group' }, { principal: 'claims.groups' }] }, { group: 'c' }, who)).toBe('no')
    expect(holds({ in: [{ object: 'group' }, { principal: 'claims.missing' }] }, { group: 'c' }, who)).toBe('unknown')
  })

  it('asks for what a caller lacks by a written null, and equals it to nothing', () => {
    const lacks: Condition = { eq: [{ principal: 'tenant' }, null] }
    expect([holds(lacks, {}), holds(lacks, {}, { tenant: 'acme' })]).toEqual(['yes', 'no'])
    const same: Condition = { eq: [{ object: 'tenantId' }, { principal: 'tenant' }] }
    for (const object of [{}, { tenantId: null }, { tenantId: undefined }, { tenantId: 'acme' }]) {
      expect(holds(same, object)).toBe('unknown')
    }
  })

  it('takes the subject for the owner', () => {
    const when: Condition = { owner: 'ownerId' }
    expect([holds(when, { ownerId: 'u1' }), holds(when, { ownerId: 'u2' }), holds(when, {})]).toEqual([
      'yes',
      'no',
      'unknown',
    ])
  })

  it('that asks for the caller alone is decided without an object', () => {
    const env = environment()
    const access = rbac({
      roles: { r: [{ permission: 'o:x', when: { eq: [{ principal: 'acr' }, 'gold'] } }] },
      env,
    })
    expect(access.can(principal({ roles: ['r'], acr: 'gold' }), 'o:x')).toBe(true)
    expect(access.explain(principal({ roles: ['r'], acr: 'iron' }), 'o:x').decision).toBe('denied')
  })
})

describe('a condition of the wrong form', () => {
  const make = (when: unknown): string =>
    refusal(() => rbac({ roles: { r: [{ permission: 'o:x', when: when as never }] }, env: environment() }))

  it.each<[string, unknown, string]>([
    ['a text', 'object.x == 1', "option `roles.r[0].when` was 'object.x == 1'; accepted is a condition such as"],
    ['nothing', null, 'option `roles.r[0].when` was null'],
    ['a list', [], 'was an empty list'],
    ['no operator', {}, 'was an object with no members'],
    ['two operators', { eq: [field, 1], ne: [field, 2] }, 'was an object with eq, ne'],
    [
      'another operator',
      { equals: [field, 1] },
      "was 'equals'; accepted is one of eq, ne, lt, lte, gt, gte, in, owner, and, or, not",
    ],
    ['a near miss', { gtee: [field, 1] }, "(did you mean 'gte'?)"],
    ['an operator of a database', { $where: 'sleep(1)' }, "was '$where'"],
    ['one operand', { eq: [field] }, 'option `roles.r[0].when.eq` was a list of 1'],
    ['three operands', { eq: [field, 1, 2] }, 'accepted is a list of two operands'],
    ['no reference', { eq: [1, 1] }, 'at least one of them { object: … }'],
    ['an operand of two kinds', { eq: [{ object: 'x', principal: 'subject' }, 1] }, 'option `roles.r[0].when.eq[0]`'],
    ['an operand of another kind', { eq: [{ env: 'x' }, 1] }, "{ principal: 'subject' }"],
    ['a list as operand', { eq: [field, [1]] }, 'option `roles.r[0].when.eq[1]` was a list of 1'],
    ['a number that is none', { eq: [field, Number.NaN] }, 'was NaN'],
    ['an order with null', { lt: [field, null] }, 'numbers or texts, which have an order'],
    ['an order of booleans', { lt: [field, true] }, 'numbers or texts, which have an order'],
    ['no list', { in: [field, 'abc'] }, 'a list of values, or a reference to one'],
    ['an empty list', { in: [field, []] }, '1 to 1000 values'],
    ['a list with null', { in: [field, ['a', null]] }, 'none of them null'],
    ['a list with objects', { in: [field, [{}]] }, '1 to 1000 values'],
    ['a list that is too long', { in: [field, Array.from({ length: 1001 }, (_, i) => i)] }, '1 to 1000 values'],
    ['another part of the caller', { eq: [{ principal: 'subjet' }, 1] }, "(did you mean 'subject'?)"],
    ['the credential itself', { eq: [{ principal: 'credential' }, 1] }, 'accepted is issuer, tenant, subject'],
    ['all claims', { eq: [{ principal: 'claims' }, 1] }, 'or claims.<name>'],
    ['and of nothing', { and: [] }, 'a list of 1 to 1000 conditions'],
    ['or of one that is no list', { or: { eq: [field, 1] } }, 'a list of 1 to 1000 conditions'],
    ['a function inside', { not: () => true }, 'a function as the whole condition'],
    ['an owner that is no field', { owner: ['a'] }, 'the name of a field'],
    ['an empty name', { eq: [{ object: '' }, 1] }, 'the name of a field'],
    ['a name with an empty part', { eq: [{ object: 'a..b' }, 1] }, 'the name of a field'],
    ['a name with an index', { eq: [{ object: 'a[0]' }, 1] }, 'the name of a field'],
  ])('is refused: %s', (_, when, message) => {
    const given = make(when)
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })

  it('is refused where it is too deep', () => {
    let when: Condition = { owner: 'x' }
    for (let i = 0; i < 20; i++) when = { not: when }
    expect(make(when)).toContain('at most 16 conditions within each other')
    let endless: Condition = { owner: 'x' }
    for (let i = 0; i < 100_000; i++) endless = { not: endless }
    expect(make(endless)).toContain('at most 16')
  })
})

describe('a function', () => {
  const withFunction = (when: (object: never, who: Principal) => boolean) =>
    rbac({
      roles: { r: [{ permission: 'o:x', when }], d: { allow: ['o:x'], deny: [{ permission: 'o:x', when }] } },
      env: environment(),
    })
  const clerk = principal({ roles: ['r'] })
  const denied = principal({ roles: ['d'] })

  it('decides on the object and the caller', () => {
    const access = withFunction((order: { ownerId: string }, who) => order.ownerId === who.subject)
    expect(access.can(clerk, 'o:x', { ownerId: 'u1' })).toBe(true)
    expect(access.can(clerk, 'o:x', { ownerId: 'u2' })).toBe(false)
    expect(access.can(denied, 'o:x', { ownerId: 'u1' })).toBe(false)
    expect(access.can(denied, 'o:x', { ownerId: 'u2' })).toBe(true)
  })

  it('is not asked without an object', () => {
    let asked = 0
    const access = withFunction(() => ++asked > 0)
    expect([access.can(clerk, 'o:x'), access.can(denied, 'o:x'), asked]).toEqual([false, false, 0])
  })

  it('that fails, or answers anything but true or false, grants nothing and denies', async () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const wrong: readonly (() => unknown)[] = [
      () => 1,
      () => 'true',
      () => ({}),
      () => undefined,
      () => Promise.resolve(true),
      () => Promise.reject(new Error('SECRET')),
      () => {
        throw new TypeError('SECRET')
      },
    ]
    for (const when of wrong) {
      const access = withFunction(when as () => boolean)
      expect([access.can(clerk, 'o:x', {}), access.can(denied, 'o:x', {})]).toEqual([false, false])
    }
    await expect.poll(() => warnings.join()).toContain('the function roles.r[0].when did not answer true or false')
    expect(warnings.join()).not.toContain('SECRET')
  })
})
