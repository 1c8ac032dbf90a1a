import { rbac, type Access } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { decide, environment, principal } from './support.ts'

const who = (...roles: string[]) => principal({ roles })

describe('roles', () => {
  const shop = () =>
    rbac({
      roles: {
        viewer: ['orders:read', 'login'],
        clerk: { inherits: ['viewer'], allow: ['orders:create', 'orders:update'] },
        auditor: ['*:read'],
        owner: ['orders:*'],
        admin: ['*'],
        service: ['*:*'],
        guest: {},
      },
      env: environment(),
    })

  it.each([
    ['viewer', ['orders:read', 'login'], ['orders:create', 'reports:read', 'orders', 'read']],
    ['clerk', ['orders:read', 'orders:create', 'orders:update', 'login'], ['orders:delete']],
    ['auditor', ['orders:read', 'reports:read', 'made-up:read'], ['read', 'orders:create', 'login']],
    ['owner', ['orders:read', 'orders:delete', 'orders:made-up'], ['reports:read', 'orders', 'login']],
    ['admin', ['orders:read', 'login', 'made-up:made-up', 'read'], []],
    ['service', ['orders:read', 'made-up:made-up'], ['login', 'read']],
    ['guest', [], ['orders:read', 'login']],
    ['stranger', [], ['orders:read', 'login', 'stranger']],
  ])('%s may %j and not %j', (role, granted, denied) => {
    const access = shop()
    expect(granted.filter((one) => decide(access, who(role), one))).toEqual(granted)
    expect(denied.filter((one) => decide(access, who(role), one))).toEqual([])
  })

  it('add up', () => {
    const access = shop()
    expect(decide(access, who('viewer', 'stranger', 'auditor'), 'reports:read')).toBe(true)
    expect(decide(access, who('viewer', 'stranger', 'auditor'), 'login')).toBe(true)
    expect(decide(access, who('viewer', 'auditor'), 'orders:create')).toBe(false)
  })

  it('grant nothing to nobody and to whoever has none', () => {
    const access = shop()
    expect(decide(access, undefined, 'orders:read')).toBe(false)
    expect(decide(access, who(), 'orders:read')).toBe(false)
  })

  it('are bare verbs in the plainest policy', () => {
    const access = rbac({ roles: { admin: ['*'], service: ['read', 'write'], readonly: ['read'] }, env: environment() })
    expect(['read', 'write', 'drop'].map((verb) => decide(access, who('admin'), verb))).toEqual([true, true, true])
    expect(['read', 'write', 'drop'].map((verb) => decide(access, who('service'), verb))).toEqual([true, true, false])
    expect(['read', 'write', 'drop'].map((verb) => decide(access, who('readonly'), verb))).toEqual([true, false, false])
  })
})

describe('a catalogue', () => {
  it('ends what even `*` grants', () => {
    const access = rbac({
      permissions: ['orders:read', 'login'],
      roles: { admin: ['*'], reader: ['*:read'] },
      env: environment(),
    })
    const asked: readonly string[] = ['orders:read', 'login', 'reports:read', 'orders:write']
    expect(asked.map((one) => decide(access as Access, who('admin'), one))).toEqual([true, true, false, false])
    expect(asked.map((one) => decide(access as Access, who('reader'), one))).toEqual([true, false, false, false])
  })
})

describe('scopes', () => {
  const roles = { clerk: ['orders:*', 'reports:read'], admin: ['*'] }
  const token = (...scopes: string[]) => principal({ roles: ['clerk'], scopes })

  it('limit what the roles grant, letter by letter', () => {
    const access = rbac({ roles, env: environment() })
    expect(decide(access, token('orders:read'), 'orders:read')).toBe(true)
    expect(decide(access, token('orders:read'), 'orders:write')).toBe(false)
    expect(decide(access, token('openid', 'orders:write', 'orders:read'), 'orders:write')).toBe(true)
  })

  it('grant nothing that the roles do not', () => {
    const access = rbac({ roles, scopes: { all: ['*'] }, env: environment() })
    expect(decide(access, token('users:delete', 'all'), 'users:delete')).toBe(false)
  })

  it('limit nothing where the credential has none, and everything where it has an empty list', () => {
    const access = rbac({ roles, env: environment() })
    expect(decide(access, who('clerk'), 'orders:write')).toBe(true)
    expect(decide(access, token(), 'orders:write')).toBe(false)
  })

  it('that are no permissions allow none, until they are mapped', () => {
    const plain = rbac({ roles, env: environment() })
    expect(decide(plain, token('openid', 'profile'), 'orders:read')).toBe(false)
    const mapped = rbac({ roles, scopes: { profile: ['orders:read', 'reports:*'] }, env: environment() })
    expect(decide(mapped, token('openid', 'profile'), 'orders:read')).toBe(true)
    expect(decide(mapped, token('openid', 'profile'), 'reports:read')).toBe(true)
    expect(decide(mapped, token('openid', 'profile'), 'orders:write')).toBe(false)
    expect(decide(mapped, token('openid'), 'orders:read')).toBe(false)
  })

  it('that are mapped mean what the map says and no more; the others stay permissions', () => {
    const access = rbac({ roles, scopes: { 'orders:read': ['reports:read'], none: [] }, env: environment() })
    expect(decide(access, token('orders:read'), 'orders:read')).toBe(false)
    expect(decide(access, token('orders:read'), 'reports:read')).toBe(true)
    expect(decide(access, token('none'), 'reports:read')).toBe(false)
    expect(decide(access, token('orders:write'), 'orders:write')).toBe(true)
  })

  it('limit nothing where the policy says that they mean something else', () => {
    const access = rbac({ roles, scopes: 'ignore', env: environment() })
    expect(decide(access, token('openid'), 'orders:write')).toBe(true)
    expect(decide(access, token(), 'orders:write')).toBe(true)
    expect(decide(access, token('users:delete'), 'users:delete')).toBe(false)
  })
})
