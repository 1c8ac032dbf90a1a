import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { rbac } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../src/compile-policy.ts'
import { GRANTED } from '../src/policy.ts'
import { decide, environment, principal, refusal } from './support.ts'

const roles = { viewer: ['orders:read'], a: ['secrets:read'], admin: ['*'] }

describe('names that every object has', () => {
  const asked = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__:read', 'constructor:prototype']

  it('as roles of the caller, grant nothing', () => {
    const access = rbac({ roles, env: environment() })
    const who = principal({ roles: ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'] })
    for (const one of [...asked, 'orders:read']) expect(decide(access, who, one), one).toBe(false)
  })

  it('as permissions, are granted only where a role says so', () => {
    const access = rbac({ roles: { odd: ['__proto__:read', 'constructor'] }, env: environment() })
    const who = principal({ roles: ['odd'] })
    expect(asked.filter((one) => decide(access, who, one))).toEqual(['constructor', '__proto__:read'])
  })

  it('as roles of a policy read from JSON, are roles like any other', () => {
    const access = rbac({
      roles: JSON.parse('{"__proto__":["orders:read"],"constructor":{"inherits":["__proto__"]}}') as Record<
        string,
        string[]
      >,
      env: environment(),
    })
    expect(access.can(principal({ roles: ['constructor'] }), 'orders:read')).toBe(true)
    expect(access.can(principal({ roles: ['prototype'] }), 'orders:read')).toBe(false)
  })

  it('as scopes of a token, cover nothing but permissions of that name', () => {
    const access = rbac({ roles, scopes: { api: ['*'] }, env: environment() })
    const who = principal({ roles: ['admin'], scopes: ['__proto__', 'constructor', 'toString'] })
    expect(asked.filter((one) => decide(access, who, one))).toEqual(['__proto__', 'constructor', 'toString'])
    expect(access.can(who, 'orders:read')).toBe(false)
  })
})

describe('a policy with members that no listing shows', () => {
  it('is refused: `__proto__` in an object literal sets the prototype', () => {
    const list: Record<string, string[]> = { __proto__: ['*'] } as never
    const inherited: Record<string, string[]> = { __proto__: { admin: ['*'] } } as never
    expect(refusal(() => rbac({ roles: list }))).toContain('ERR_OPTION rbac: option `roles`')
    expect(refusal(() => rbac({ roles: inherited }))).toContain('ERR_OPTION rbac: option `roles`')
    expect(refusal(() => rbac({ roles: { clerk: { __proto__: { allow: ['*'] } } as never } }))).toContain(
      'option `roles.clerk`',
    )
    expect(refusal(() => rbac({ roles: {}, scopes: inherited }))).toContain('ERR_OPTION rbac: option `scopes`')
  })
})

describe('wildcards where none belong', () => {
  const access = () => rbac({ roles, env: environment() })

  it.each(['*', '*:*', 'orders:*', '*:read'])('in a token’s scope: %s covers nothing', (scope) => {
    const who = principal({ roles: ['admin'], scopes: [scope] })
    expect(['orders:read', 'read', scope].filter((one) => decide(access(), who, one))).toEqual([])
  })

  it.each(['*', '*:*', 'orders:*', '*:read'])('in the permission asked for: %s is granted to nobody', (asked) => {
    expect(decide(access(), principal({ roles: ['admin'] }), asked)).toBe(false)
  })

  it('in a role of the caller: `*` is no role', () => {
    expect(access().can(principal({ roles: ['*', '*:*', 'a*'] }), 'orders:read')).toBe(false)
  })
})

describe('a permission taken from a request', () => {
  it.each([
    ['with a line break', 'orders:read\n'],
    ['with a NUL', 'orders:read\0'],
    ['with a space', ' orders:read'],
    ['with a look-alike colon', 'orders：read'],
    ['with a path', 'orders:read/../../admin:all:x'],
    ['too long', `orders:${'x'.repeat(100_000)}`],
    ['as a list', ['orders:read']],
    ['as an object', { toString: (): string => 'orders:read' }],
    ['as nothing', undefined],
  ])('%s is granted to nobody, not even an admin', (_, asked) => {
    const access = rbac({ roles: { ...roles, owner: ['orders:*'] }, env: environment() })
    const who = principal({ roles: ['admin', 'owner', 'viewer'] })
    expect(decide(access, who, asked as string)).toBe(false)
  })

  it('in other letters is another permission', () => {
    const access = rbac({ roles: { ...roles, owner: ['orders:*'] }, env: environment() })
    expect(access.can(principal({ roles: ['viewer', 'owner'] }), 'ORDERS:READ')).toBe(false)
    expect(access.can(principal({ roles: ['viewer'] }), 'orders:Read')).toBe(false)
  })

  it('cannot fill the memory', () => {
    const policy = compilePolicy({ roles })
    const allows = (role: string, permission: string): boolean =>
      policy.decide(principal({ roles: [role] }), [role], policy.target(permission)!) === GRANTED
    for (let i = 0; i < 20_000; i++) policy.target(`made-up:${i}`)
    expect(policy.size).toBeLessThanOrEqual(5000)
    expect(allows('admin', 'made-up:19999')).toBe(true)
    expect(allows('viewer', 'made-up:19999')).toBe(false)
    expect(allows('viewer', 'orders:read')).toBe(true)
  })
})

describe('a permission cut out of a large body', () => {
  it('does not keep the body in memory', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const policy = compilePolicy({ roles })
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 100; i++) {
      const body = Buffer.alloc(1_000_000, `orders-of-customer-${i}:read `).toString('latin1')
      policy.target(body.slice(0, body.indexOf(' ')))
    }
    collect()
    expect(policy.size).toBe(100)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
  })
})

describe('a principal of the wrong shape', () => {
  const access = () => rbac({ roles, env: environment() })

  it('with roles in one string is not taken for its letters', () => {
    const who = principal({ roles: 'admin' as never })
    expect(decide(access(), who, 'secrets:read')).toBe(false)
  })

  it('with roles in an object, or none at all, has none', () => {
    for (const odd of [{ 0: 'admin', length: 1 }, null, undefined, 1]) {
      const who = principal({ roles: odd as never })
      expect(decide(access(), who, 'orders:read')).toBe(false)
    }
  })

  it('with scopes in one string, or no list, is allowed nothing', () => {
    for (const odd of ['orders:read', 'orders:read orders:write', null, {}, new Set(['orders:read'])]) {
      const who = principal({ roles: ['admin'], scopes: odd as never })
      expect(decide(access(), who, 'orders:read')).toBe(false)
    }
  })

  it('that is null is nobody', () => {
    expect(decide(access(), null as never, 'orders:read')).toBe(false)
  })
})

describe('changes behind the back', () => {
  it('of the options do not change the policy', () => {
    const allow = ['orders:read']
    const given: Record<string, string[]> = { viewer: allow }
    const permissions = ['orders:read']
    const access = rbac({ permissions, roles: given, env: environment() })
    allow.push('orders:write')
    given['intruder'] = ['*']
    permissions.push('orders:write')
    expect(access.can(principal({ roles: ['viewer'] }), 'orders:write')).toBe(false)
    expect(access.can(principal({ roles: ['intruder'] }), 'orders:read')).toBe(false)
  })

  it('of a principal’s lists do not change what was compiled', () => {
    const access = rbac({ roles, env: environment() })
    const held = ['viewer']
    const viewer = access.compile(principal({ roles: held }))
    held.push('admin')
    expect([viewer.can('orders:read'), viewer.can('users:delete')]).toEqual([true, false])
    const scopes = ['orders:read']
    const narrow = access.compile(principal({ roles: ['admin'], scopes }))
    scopes.push('users:delete')
    expect([narrow.can('orders:read'), narrow.can('users:delete')]).toEqual([true, false])
  })

  it('of a principal’s lists count at the next question asked directly', () => {
    const access = rbac({ roles, env: environment() })
    const held = ['admin']
    const who = principal({ roles: held })
    expect(access.can(who, 'users:delete')).toBe(true)
    held.pop()
    expect(access.can(who, 'users:delete')).toBe(false)
  })
})

describe('a challenge forged through names', () => {
  it('is impossible: no scope or permission holds a quote or a line break', () => {
    expect(refusal(() => rbac({ roles: {}, scopes: { 'a"': ['*'] } }))).toContain('ERR_OPTION')
    expect(refusal(() => rbac({ roles: {}, scopes: { 'a\r\nset-cookie:x': ['*'] } }))).toContain('ERR_OPTION')
    expect(refusal(() => rbac({ roles: { r: ['a:b"'] } }))).toContain('ERR_OPTION')
    const access = rbac({ roles: {}, env: environment() })
    expect(refusal(() => access.require('a:b", error="x'))).toContain('ERR_OPTION')
    expect(refusal(() => access.require('a:b\r\nx: y'))).toContain('ERR_OPTION')
  })
})
