import { rbac } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { environment, principal } from './support.ts'

function accounts() {
  return rbac({
    roles: {
      user: [{ permission: 'accounts:update', fields: ['name', 'address'] }],
      helper: [{ permission: 'accounts:update', fields: ['*', '!role', '!limits.daily'] }],
      admin: ['accounts:*'],
    },
    env: environment(),
  })
}

/** What reaches the database of what a client sent as JSON. */
function stored(role: string, json: string): Record<string, unknown> {
  return accounts().strip(principal({ roles: [role] }), 'accounts:update', JSON.parse(json) as Record<string, unknown>)
}

describe('mass assignment', () => {
  it('changes nothing but what may be written', () => {
    expect(stored('user', '{"name":"Eve","role":"admin","isAdmin":true,"balance":1e9,"Name":"x"}')).toEqual({
      name: 'Eve',
    })
    expect(stored('helper', '{"name":"Eve","role":"admin","limits":{"daily":1e9,"monthly":5}}')).toEqual({
      name: 'Eve',
      limits: { monthly: 5 },
    })
  })

  it('does not reach a field by a path in a name', () => {
    expect(stored('helper', '{"limits.daily":1e9,"limits":{"daily":1e9}}')).toEqual({ limits: {} })
    expect(stored('user', '{"name.role":"x","address.role":"x","role.name":"x"}')).toEqual({
      'name.role': 'x',
      'address.role': 'x',
    })
  })

  it('does not reach a field by an operator of the database', () => {
    for (const role of ['user', 'helper', 'admin']) {
      const kept = stored(
        role,
        '{"$set":{"role":"admin"},"name":{"$ne":null,"first":"E"},"address":[{"$where":"1"}],"a.$b":1}',
      )
      expect(JSON.stringify(kept)).not.toContain('$')
    }
  })

  it.each(['user', 'helper', 'admin'])('does not pollute a prototype, for %s', (role) => {
    const kept = stored(
      role,
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1},
        "name":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},"address":[{"__proto__":{"polluted":1}}],
        "name.__proto__.polluted":1,"address.constructor.prototype.polluted":1}`,
    )
    expect(JSON.stringify(kept)).not.toContain('polluted')
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('does not make the process overflow by depth', () => {
    const deep = 100_000
    for (const role of ['user', 'helper', 'admin']) {
      const lists = stored(
        role,
        `{"name":${'['.repeat(deep)}${']'.repeat(deep)},"limits":${'['.repeat(deep)}${']'.repeat(deep)}}`,
      )
      expect(JSON.stringify(lists).length).toBeLessThan(1000)
      const objects = stored(
        role,
        `{"name":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)},"limits":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
      )
      expect(JSON.stringify(objects).length).toBeLessThan(2000)
    }
  })

  it('keeps no tie to the input: what is stored cannot be changed through it', () => {
    const input = { name: { first: 'Ada' } }
    const kept = accounts().strip(principal({ roles: ['admin'] }), 'accounts:update', input)
    input.name.first = 'Eve'
    expect(kept).toEqual({ name: { first: 'Ada' } })
  })
})

describe('a field that must not be seen', () => {
  const shown = (fields: string[], object: object): unknown =>
    rbac({ roles: { r: [{ permission: 'o:read', fields }] }, env: environment() }).pick(
      principal({ roles: ['r'] }),
      'o:read',
      object,
    )

  it('is not shown below, beside or by another spelling', () => {
    const object = JSON.parse(
      '{"secret":1,"a":{"secret":2,"b":3},"Secret":4,"secret ":5,"__proto__":{"secret":6}}',
    ) as object
    expect(shown(['*', '!secret', '!a.secret'], object)).toEqual({ a: { b: 3 }, Secret: 4, 'secret ': 5 })
    expect(shown(['a.b'], object)).toEqual({ a: { b: 3 } })
  })

  it('is not shown in lists within lists', () => {
    expect(shown(['*', '!rows.secret'], { rows: [[{ secret: 1, ok: 2 }], [[{ secret: 3, ok: 4 }]]] })).toEqual({
      rows: [[{ ok: 2 }], [[{ ok: 4 }]]],
    })
  })

  it('is not shown by an object that holds itself', () => {
    const list: unknown[] = []
    list.push(list, { secret: 1 })
    expect(JSON.stringify(shown(['*', '!rows.secret'], { rows: list }))).not.toContain('secret')
    const tree: Record<string, unknown> = { secret: 1, name: 'x' }
    tree['self'] = tree
    expect(shown(['name'], tree)).toEqual({ name: 'x' })
  })
})
