import { describe, expect, it } from 'vitest'
import { lineagesOf as lineageSteps, type Lineage, type RoleNode } from '../src/role-graph.ts'
import { finished, refusal } from './support.ts'

const lineagesOf = (graph: ReadonlyMap<string, RoleNode>): ReadonlyMap<string, Lineage> => finished(lineageSteps(graph))

function graph(
  inherits: Record<string, readonly string[]>,
  tenants: Record<string, readonly string[]> = {},
): ReadonlyMap<string, RoleNode> {
  return new Map(
    Object.entries(inherits).map(([role, parents]) => [
      role,
      { inherits: parents, tenants: tenants[role] && new Set(tenants[role]), rules: [] },
    ]),
  )
}

describe('lineagesOf', () => {
  it('collects a role and everyone it inherits from, near or far, in whatever order they are declared', () => {
    const lineages = lineagesOf(
      graph({ boss: ['lead'], viewer: [], lead: ['clerk', 'auditor'], clerk: ['viewer'], auditor: ['viewer'] }),
    )
    expect([...lineages.get('boss')!.keys()].toSorted()).toEqual(['auditor', 'boss', 'clerk', 'lead', 'viewer'])
    expect([...lineages.get('clerk')!.keys()].toSorted()).toEqual(['clerk', 'viewer'])
    expect([...lineages.get('viewer')!.keys()]).toEqual(['viewer'])
  })

  it('takes a parent that is named twice', () => {
    expect([
      ...lineagesOf(graph({ a: ['b', 'b'], b: [] }))
        .get('a')!
        .keys(),
    ]).toEqual(['a', 'b'])
  })

  it('follows a chain of a thousand roles', () => {
    const chain = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`r${i}`, i === 999 ? [] : [`r${i + 1}`]]))
    expect(lineagesOf(graph(chain)).get('r0')!.size).toBe(1000)
  })

  it('refuses a cycle and shows it', () => {
    expect(refusal(() => lineagesOf(graph({ a: ['b'], b: ['c'], c: ['a'], d: [] })))).toBe(
      "ERR_OPTION rbac: option `roles.a.inherits` was a list of 1 (first: 'b'); accepted is inheritance without a cycle (a > b > c > a)",
    )
    expect(refusal(() => lineagesOf(graph({ a: ['a'] })))).toContain('(a > a)')
  })

  it('shows only the cycle where others lead into it', () => {
    expect(refusal(() => lineagesOf(graph({ entry: ['a'], a: ['root', 'b'], b: ['a'], root: [] })))).toContain(
      '(a > b > a)',
    )
  })

  it('refuses an unknown role with the near miss', () => {
    expect(refusal(() => lineagesOf(graph({ viewer: [], clerk: ['viewr'] })))).toBe(
      "ERR_OPTION rbac: option `roles.clerk.inherits[0]` was 'viewr'; accepted is a role of this policy (did you mean 'viewer'?)",
    )
    expect(refusal(() => lineagesOf(graph({ clerk: ['constructor'] })))).toContain(
      "was 'constructor'; accepted is a role",
    )
  })

  it('limits what a role with tenants inherits and hands on to those tenants', () => {
    const shape = {
      base: [],
      acme: ['base'],
      both: ['acme'],
      other: ['base', 'acme'],
      mixed: ['acme', 'beta'],
      beta: ['base'],
    }
    const lineages = lineagesOf(graph(shape, { acme: ['acme', 'gamma'], both: ['acme', 'beta'], beta: ['beta'] }))
    expect(lineages.get('base')!.get('base')).toBeUndefined()
    expect(lineages.get('acme')!.get('base')).toEqual(new Set(['acme', 'gamma']))
    expect(lineages.get('both')!.get('base')).toEqual(new Set(['acme']))
    expect(lineages.get('other')!.has('base')).toBe(true)
    expect(lineages.get('other')!.get('base')).toBeUndefined()
    expect(lineages.get('mixed')!.get('base')).toEqual(new Set(['acme', 'gamma', 'beta']))
  })

  it('is done in steps, none of which grows with the policy', () => {
    const wide = graph(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`r${i}`, i === 0 ? [] : ['r0']])))
    const steps = lineageSteps(wide)
    let count = 0
    while (!steps.next().done) count++
    expect(count).toBeGreaterThan(4000)
  })
})
