import { captureEvents, createTestClock } from '@sallyport/core/testing'
import { createEnvironment, describeGate, type Exchange } from '@sallyport/core'
import { rbac, type Access, type PolicyDocument } from '@sallyport/rbac'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environment, principal, refusal, refusalOf } from './support.ts'

const old: PolicyDocument = { roles: { viewer: ['orders:read'] } }
const next: PolicyDocument = { roles: { viewer: ['orders:write'] } }
const viewer = principal({ roles: ['viewer'] })

/** What a viewer may do, asked in every way. */
function state(access: Access): string {
  const ability = access.compile(viewer)
  const ask = (permission: string): boolean => {
    const answers = [
      access.can(viewer, permission),
      ability.can(permission),
      access.filter(viewer, permission).condition.op === 'always',
      access.explain(viewer, permission).decision === 'granted',
    ]
    expect(new Set(answers).size, permission).toBe(1)
    return answers[0]!
  }
  return `${ask('orders:read') ? 'read' : ''} ${ask('orders:write') ? 'write' : ''}`.trim()
}

describe('access.reload()', () => {
  it('puts another policy in force, for all that was made before', async () => {
    const env = environment()
    const access = rbac({ policy: old, env })
    const ability = access.compile(viewer)
    const gate = describeGate(access.require('orders:read'))!.gate
    const request = { environment: env, principal: viewer, method: 'GET', path: '/' } as unknown as Exchange
    const port = env.ports.ask('can')
    expect([state(access), ability.can('orders:read'), gate(request), port(viewer, 'orders:read')]).toEqual([
      'read',
      true,
      undefined,
      true,
    ])
    const before = access.version
    const after = await access.reload(next)
    expect([access.version, after === before]).toEqual([after, false])
    expect([state(access), ability.can('orders:read'), port(viewer, 'orders:read')]).toEqual(['write', false, false])
    expect(refusal(() => gate(request))).toContain('ERR_RBAC_FORBIDDEN')
    await access.reload(old)
    expect([state(access), ability.can('orders:read'), access.version, gate(request)]).toEqual([
      'read',
      true,
      before,
      undefined,
    ])
  })

  it('keeps the last good policy where the next one is wrong, and says why', async () => {
    const env = environment()
    using events = captureEvents(env)
    const access = rbac({ policy: old, env })
    const { version } = access
    for (const [wrong, why] of [
      [{ roles: { viewer: ['orders:'] } }, 'option `roles.viewer[0]`'],
      [{ roles: { viewer: { inherits: ['nobody'] } } }, 'a role of this policy'],
      [{ roles: { a: { inherits: ['b'] }, b: { inherits: ['a'] } } }, 'without a cycle'],
      [{ rolls: {} }, 'unknown option `rolls`'],
      [7, 'options must be an object'],
    ] as const) {
      expect(await refusalOf(access.reload(wrong as never))).toMatch(/^ERR_OPTION /)
      expect(await refusalOf(access.reload(wrong as never))).toContain(why)
      expect([state(access), access.version]).toEqual(['read', version])
    }
    expect(events.of('authz.policy')[0]!.detail).toEqual({
      applied: false,
      version,
      source: 'code',
      code: 'ERR_OPTION',
      why: expect.stringContaining('roles.viewer[0]') as string,
    })
    // Once for each thing that is wrong, however often it is tried.
    expect(events.of('authz.policy')).toHaveLength(5)
    // Whoever handed it over was told; the node is as healthy as before.
    expect(events.of('health.changed')).toEqual([])
    await access.reload(next)
    expect(events.of('authz.policy').at(-1)!.detail).toEqual({
      applied: true,
      version: access.version,
      previous: version,
      source: 'code',
    })
  })

  it('refuses a catalogue that lacks what a route demands', async () => {
    const env = environment()
    const access = rbac({ policy: { permissions: ['orders:read', 'orders:write'], ...old }, env })
    access.require('orders:write')
    expect(await refusalOf(access.reload({ permissions: ['orders:read'], ...old }))).toContain(
      "`permissions` lacks 'orders:write', which a route demands",
    )
    expect(await refusalOf(access.reload({ permissions: ['orders:write'], ...next }))).toBe('accepted')
    expect(access.can(viewer, 'orders:write')).toBe(true)
  })

  it('takes the catalogue of the code for every policy', async () => {
    const access = rbac({ permissions: ['orders:read', 'orders:write'] as const, policy: old, env: environment() })
    expect(access.can(viewer, 'orders:read')).toBe(true)
    expect(await refusalOf(access.reload({ roles: { viewer: ['orders:raed'] } }))).toContain(
      "(did you mean 'orders:read'?)",
    )
    expect(await refusalOf(access.reload({ permissions: ['orders:read'], roles: {} }))).toContain(
      'the option `permissions` of rbac() is the catalogue',
    )
    await access.reload(next)
    expect(access.can(viewer, 'orders:write')).toBe(true)
  })

  it('puts policies in force in the order in which they were given', async () => {
    const access = rbac({ policy: old, env: environment() })
    const large = { roles: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`r${i}`, ['orders:read']])) }
    const done: string[] = []
    await Promise.all([
      access.reload(large).then(() => done.push('large')),
      access.reload({ rolls: {} } as never).catch(() => done.push('wrong')),
      access.reload(next).then(() => done.push('next')),
    ])
    expect(done).toEqual(['large', 'wrong', 'next'])
    expect(state(access)).toBe('write')
  })

  it('has nothing to read again where the policy stands in the code', async () => {
    const access = rbac({ roles: { viewer: ['orders:read'] }, env: environment() })
    expect(await refusalOf(access.reload())).toContain('ERR_OPTION access.reload: give a policy')
    expect(state(access)).toBe('read')
  })

  it('is refused by an environment that is closed', async () => {
    const env = createEnvironment({ clock: createTestClock() })
    const access = rbac({ policy: old, env })
    await env.close()
    expect(await refusalOf(access.reload(next))).toContain('ERR_ENVIRONMENT_CLOSED')
  })
})

describe('a version', () => {
  const versionOf = (policy: PolicyDocument): string => rbac({ policy, env: environment() }).version
  const base: PolicyDocument = {
    roles: { a: [{ permission: 'x:y', when: { owner: 'o' } }], b: { inherits: ['a'] } },
    services: { s: { write: 'data/*' } },
    scopes: { api: ['*'] },
    tenancy: { x: 'tenantId' },
  }

  it('is the same for the same policy, wherever it stands', () => {
    expect(versionOf(base)).toMatch(/^[0-9a-f]{16}$/)
    expect(versionOf(JSON.parse(JSON.stringify(base)) as PolicyDocument)).toBe(versionOf(base))
  })

  it('is another one for every change', () => {
    const changed: PolicyDocument[] = [
      base,
      { ...base, roles: { a: base.roles['a']! } },
      { ...base, roles: { ...base.roles, a: [{ permission: 'x:y', when: { owner: 'p' } }] } },
      { ...base, roles: { ...base.roles, a: [{ permission: 'x:y' }] } },
      { ...base, roles: { ...base.roles, a: [{ permission: 'x:y', when: () => true }] } },
      { ...base, roles: { ...base.roles, a: [{ permission: 'x:y', when: () => false }] } },
      { ...base, services: { s: { write: 'data/eu' } } },
      { ...base, services: {} },
      { ...base, scopes: 'limit' },
      { ...base, scopes: 'ignore' },
      { ...base, tenancy: { x: 'tenant' } },
      { ...base, permissions: ['x:y', 'data/eu:write'] },
    ]
    expect(new Set(changed.map(versionOf)).size).toBe(changed.length)
  })
})

describe('a reload while requests are served', () => {
  it('never shows half of a policy: each question is answered by the old one or by the new one', async () => {
    const access = rbac({ policy: old, env: environment() })
    const filler = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`r${i}`, [`a${i}:b`]]))
    const policies: PolicyDocument[] = [
      { roles: { ...filler, viewer: ['orders:write'] } },
      { roles: { viewer: ['orders:read'], ...filler } },
    ]
    const seen = new Set<string>()
    let running = true
    onTestFinished(() => void (running = false))
    const watching = (async () => {
      while (running) {
        seen.add(state(access))
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
      }
    })()
    for (let i = 0; i < 6; i++) await access.reload(policies[i % 2]!)
    running = false
    await watching
    expect([...seen].toSorted()).toEqual(['read', 'write'])
  })

  it('lets the event loop turn while ten thousand rules are compiled', async () => {
    const access = rbac({ policy: old, env: environment() })
    const roles = Object.fromEntries(
      Array.from({ length: 1000 }, (_, r) => [
        `r${r}`,
        {
          inherits: r % 5 === 0 ? [] : [`r${r - 1}`],
          allow: Array.from({ length: 10 }, (_, i) => ({
            permission: `res${r}-${i}:act`,
            ...(i === 0 && { when: { owner: 'ownerId' } }),
          })),
        },
      ]),
    )
    let turns = 0
    let running = true
    const turn = (): void => {
      turns++
      if (running) setImmediate(turn)
    }
    setImmediate(turn)
    const reloaded = access.reload({ roles })
    expect(access.can(viewer, 'orders:read')).toBe(true)
    await reloaded
    running = false
    expect(access.can(principal({ roles: ['r4'] }), 'res3-1:act')).toBe(true)
    // Ten thousand rules, of which most are reached by several roles.
    expect(turns).toBeGreaterThan(100)
  })
})
