import { describe, expect, it } from 'vitest'
import { CompiledAbility } from '../src/ability.ts'
import { compilePolicy } from '../src/compile-policy.ts'

const policy = () => compilePolicy({ roles: { viewer: ['orders:read'], owner: ['reports:*'] } })

describe('a compiled principal', () => {
  it('keeps an answer for permissions that turn up after it was made', () => {
    const shared = policy()
    const ability = new CompiledAbility(shared, { roles: ['owner'] })
    const names = Array.from({ length: 50 }, (_, i) => `reports:r${i}`)
    expect(names.every((name) => ability.can(name) && ability.can(name))).toBe(true)
    const other = new CompiledAbility(shared, { roles: ['viewer'] })
    expect(names.some((name) => other.can(name) || other.can(name))).toBe(false)
    expect(other.can('orders:read') && other.can('orders:read')).toBe(true)
  })

  it('answers right for more permissions than are remembered', () => {
    const shared = policy()
    const owner = new CompiledAbility(shared, { roles: ['owner'] })
    const viewer = new CompiledAbility(shared, { roles: ['viewer'] })
    const names = Array.from({ length: 6000 }, (_, i) => `reports:r${i}`)
    expect(names.filter((name) => !owner.can(name) || viewer.can(name))).toEqual([])
    expect(names.filter((name) => !owner.can(name) || viewer.can(name))).toEqual([])
  })
})
