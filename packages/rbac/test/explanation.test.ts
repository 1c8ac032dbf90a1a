import { spawnSync } from 'node:child_process'
import type { Principal } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../src/compile-policy.ts'
import { explain } from '../src/explanation.ts'
import { principal } from './support.ts'

const roles = { viewer: ['orders:*'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } }
const explained = (given: Partial<Principal> | undefined, permission: string, more: object = {}, object?: object) => {
  const who = given && principal(given)
  return explain(compilePolicy({ roles, ...more }), who, who?.roles ?? [], permission, object)
}
const why = (...given: Parameters<typeof explained>): string => explained(...given).text

describe('explain', () => {
  it('names the role and the grant', () => {
    expect(why({ roles: ['clerk'] }, 'orders:create')).toBe('orders:create granted: role clerk has orders:create')
    expect(why({ roles: ['nobody', 'clerk'] }, 'orders:read')).toBe(
      'orders:read granted: role clerk through viewer has orders:*',
    )
    expect(explained({ roles: ['nobody', 'clerk'] }, 'orders:read')).toMatchObject({
      permission: 'orders:read',
      decision: 'granted',
      reason: 'granted',
      rule: { effect: 'allow', role: 'clerk', through: 'viewer', permission: 'orders:*', at: 'roles.viewer[0]' },
      policy: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    })
  })

  it('says what is missing', () => {
    expect(why({ roles: ['viewer', 'x'] }, 'reports:read')).toBe(
      'reports:read denied: no role of [viewer, x] grants it',
    )
    expect(why({ roles: ['viewer'], scopes: ['openid'] }, 'orders:read')).toBe(
      'orders:read denied: role viewer has orders:*, but no scope of [openid] covers it',
    )
    expect(why(undefined, 'orders:read')).toBe('orders:read denied: nobody is authenticated')
    expect(why({ roles: ['viewer'] }, 'orders:*')).toBe('orders:* denied: it is malformed')
    expect(why({ roles: ['viewer'] }, 'orders:drop', { permissions: ['orders:create', 'orders:read'] })).toBe(
      'orders:drop denied: it is not in the catalogue',
    )
    expect(why({ roles: 'viewer' as never }, 'orders:read')).toBe(
      'orders:read denied: no role of what is no list grants it',
    )
  })

  it('names the roles that would grant it, and the scope to ask for', () => {
    expect(explained({ roles: [] }, 'orders:create')).toMatchObject({
      reason: 'no-role',
      rolesThatGrant: ['clerk', 'viewer'],
    })
    expect(
      explained({ roles: ['viewer'], scopes: [] }, 'orders:read', { scopes: { ro: ['orders:read'] } }),
    ).toMatchObject({
      reason: 'out-of-scope',
      rule: { role: 'viewer' },
      scopeToAskFor: 'ro',
    })
  })

  it('names twenty roles of many', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`r${i}`, ['a:b']]))
    expect(explained({ roles: [] }, 'a:b', { roles: many }).rolesThatGrant).toHaveLength(20)
  })

  it('tells conditions by the names of fields, never by the values of an object or a caller', () => {
    const own = {
      clerk: [
        {
          permission: 'orders:update',
          when: { and: [{ owner: 'ownerId' }, { in: [{ object: 'status' }, ['open', 'new']] }] },
        },
      ],
    }
    const words =
      'role clerk has orders:update when (object.ownerId eq principal.subject and object.status in ["open","new"])'
    const ask = (object?: object) =>
      explained({ roles: ['clerk'], subject: 'SUBJECT' }, 'orders:update', { roles: own }, object)
    expect(ask().text).toBe(`orders:update depends on the object: ${words}`)
    expect(ask()).toMatchObject({ decision: 'depends', reason: 'needs-object' })
    expect(ask({ ownerId: 'SUBJECT', status: 'open' }).text).toBe(`orders:update granted: ${words}`)
    expect(ask({ ownerId: 'FOREIGN', status: 'open' })).toMatchObject({
      decision: 'denied',
      reason: 'condition',
      text: `orders:update denied: ${words}, which does not hold or cannot be told`,
    })
    expect(JSON.stringify(ask({ ownerId: 'FOREIGN', status: 'SECRET' }))).not.toMatch(/FOREIGN|SECRET|SUBJECT/)
  })

  it('names the rule that denies', () => {
    const strict = {
      admin: ['*'],
      guest: { deny: ['orders:*', { permission: 'reports:read', when: { eq: [{ object: 'secret' }, true] } }] },
    }
    const ask = (permission: string, object?: object) =>
      explained({ roles: ['admin', 'guest'] }, permission, { roles: strict }, object)
    expect(ask('orders:read')).toMatchObject({
      decision: 'denied',
      reason: 'denied-by-rule',
      rule: { effect: 'deny', role: 'guest', at: 'roles.guest.deny[0]' },
      text: 'orders:read denied: role guest denies orders:*',
    })
    expect(ask('reports:read')).toMatchObject({ decision: 'depends', reason: 'needs-object' })
    expect(ask('reports:read', { secret: false })).toMatchObject({ decision: 'granted', reason: 'granted' })
    expect(ask('reports:read', { secret: true })).toMatchObject({ decision: 'denied', reason: 'denied-by-rule' })
    expect(ask('reports:read', {})).toMatchObject({ decision: 'denied', reason: 'denied-by-rule' })
  })

  it('tells another tenant', () => {
    const tenants = {
      roles: { clerk: ['orders:read'], local: { tenants: ['acme'], allow: ['reports:read'] } },
      tenancy: { orders: 'tenantId' },
    }
    const ask = (tenant: string, permission: string, object?: object) =>
      explained({ roles: ['clerk', 'local'], tenant }, permission, tenants, object)
    expect(ask('beta', 'orders:read', { tenantId: 'acme' })).toMatchObject({
      decision: 'denied',
      reason: 'other-tenant',
    })
    expect(ask('beta', 'orders:read', { tenantId: 'beta' })).toMatchObject({ decision: 'granted' })
    expect(ask('beta', 'reports:read')).toMatchObject({ decision: 'denied', reason: 'other-tenant' })
    expect(ask('acme', 'reports:read')).toMatchObject({ decision: 'granted' })
  })
})

describe('NODE_DEBUG=sallyport:rbac', () => {
  const script = `
    import { rbac } from '@sallyport/rbac'
    const access = rbac({ roles: { viewer: ['orders:read'] } })
    const who = { roles: ['viewer'], credential: { kind: 'bearer', ambient: false } }
    access.can(who, 'orders:read')
    access.can(who, 'orders:write\\n[forged]')
  `
  const run = (debug: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: debug },
    }).stderr

  it('explains each decision on one line', () => {
    const lines = run('sallyport:rbac').trim().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^SALLYPORT:RBAC \d+: orders:read granted: role viewer has orders:read$/)
    expect(lines[1]).toMatch(/^SALLYPORT:RBAC \d+: orders:write\\u000a\[forged\] denied: it is malformed$/)
  })

  it('is silent without it', () => {
    expect(run('')).toBe('')
  })
})
