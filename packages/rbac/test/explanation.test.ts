import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../src/compile-policy.ts'
import { explain } from '../src/explanation.ts'
import { principal } from './support.ts'

const roles = { viewer: ['orders:*'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } }
const why = (given: Parameters<typeof principal>[0], permission: string, more: object = {}) =>
  explain(compilePolicy({ roles, ...more }), principal(given), permission)

describe('explain', () => {
  it('names the role and the grant', () => {
    expect(why({ roles: ['clerk'] }, 'orders:create')).toBe('orders:create granted: role clerk has orders:create')
    expect(why({ roles: ['nobody', 'clerk'] }, 'orders:read')).toBe(
      'orders:read granted: role clerk through viewer has orders:*',
    )
  })

  it('says what is missing', () => {
    expect(why({ roles: ['viewer', 'x'] }, 'reports:read')).toBe(
      'reports:read denied: no role of [viewer, x] grants it',
    )
    expect(why({ roles: ['viewer'], scopes: ['openid'] }, 'orders:read')).toBe(
      'orders:read denied: role viewer has orders:*, but no scope of [openid] covers it',
    )
    expect(explain(compilePolicy({ roles }), undefined, 'orders:read')).toBe(
      'orders:read denied: nobody is authenticated',
    )
    expect(why({ roles: ['viewer'] }, 'orders:*')).toBe('orders:* denied: it is malformed')
    expect(why({ roles: ['viewer'] }, 'orders:drop', { permissions: ['orders:create', 'orders:read'] })).toBe(
      'orders:drop denied: it is not in the catalogue',
    )
    expect(why({ roles: 'viewer' as never }, 'orders:read')).toBe(
      'orders:read denied: no role of what is no list grants it',
    )
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
