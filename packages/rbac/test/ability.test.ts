import { describe, expect, it } from 'vitest'
import { CompiledAbility } from '../src/ability.ts'
import { compilePolicy } from '../src/compile-policy.ts'
import type { Policy } from '../src/policy.ts'
import { principal } from './support.ts'

const policy = () => compilePolicy({ roles: { viewer: ['orders:read'], owner: ['reports:*'] } })
const abilityOf = (policy: Policy, ...roles: string[]): CompiledAbility =>
  new CompiledAbility({ policy }, principal({ roles }), roles)

describe('a compiled principal', () => {
  it('keeps an answer for permissions that turn up after it was made', () => {
    const shared = policy()
    const ability = abilityOf(shared, 'owner')
    const names = Array.from({ length: 50 }, (_, i) => `reports:r${i}`)
    expect(names.every((name) => ability.can(name) && ability.can(name))).toBe(true)
    const other = abilityOf(shared, 'viewer')
    expect(names.some((name) => other.can(name) || other.can(name))).toBe(false)
    expect(other.can('orders:read') && other.can('orders:read')).toBe(true)
  })

  it('answers right for more permissions than are remembered', () => {
    const shared = policy()
    const owner = abilityOf(shared, 'owner')
    const viewer = abilityOf(shared, 'viewer')
    const names = Array.from({ length: 6000 }, (_, i) => `reports:r${i}`)
    expect(names.filter((name) => !owner.can(name) || viewer.can(name))).toEqual([])
    expect(names.filter((name) => !owner.can(name) || viewer.can(name))).toEqual([])
  })

  it('forgets what it remembered when another policy comes', () => {
    const inForce = { policy: policy() }
    const ability = new CompiledAbility(inForce, principal({ roles: ['viewer', 'late'] }), ['viewer', 'late'])
    const ask = (): boolean[] => ['orders:read', 'orders:write', 'reports:read'].map((one) => ability.can(one))
    expect([ask(), ask()]).toEqual([
      [true, false, false],
      [true, false, false],
    ])
    inForce.policy = compilePolicy({ roles: { viewer: ['orders:write'], late: ['reports:read'] } })
    expect([ask(), ask()]).toEqual([
      [false, true, true],
      [false, true, true],
    ])
  })

  it('asks anew for each object', () => {
    const own = compilePolicy({ roles: { clerk: [{ permission: 'orders:read', when: { owner: 'ownerId' } }] } })
    const ability = abilityOf(own, 'clerk')
    expect([ability.can('orders:read'), ability.can('orders:read', { ownerId: 'u1' })]).toEqual([false, true])
    expect([ability.can('orders:read', { ownerId: 'u2' }), ability.can('orders:read')]).toEqual([false, false])
  })
})
