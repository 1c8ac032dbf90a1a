import { measureMicro, startMicro, stopMicro, type MicroEntry } from '../harness/micro.ts'
import type { Bar, Row } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const reference = 'a Set of the user’s permissions'
const can = 'rbac: access.can(principal, …)'
const canAnew = 'rbac: access.can(a new principal each time, …)'
const compiled = 'rbac: access.compile(principal).can(…)'

/** Those that need a millisecond and more for one check. */
const slow = new Set(['casbin: enforceSync', 'casbin: enforce'])

const entries: readonly MicroEntry[] = [
  { name: reference, module: 'permission/set.mjs', material: {} },
  { name: compiled, module: 'permission/sallyport.mjs', material: { call: 'compiled' } },
  { name: can, module: 'permission/sallyport.mjs', material: { call: 'can' } },
  { name: canAnew, module: 'permission/sallyport.mjs', material: { call: 'can-anew' } },
  { name: 'CASL: ability cached for the user', module: 'permission/casl.mjs', material: { ability: 'cached' } },
  { name: 'CASL: ability built per request', module: 'permission/casl.mjs', material: { ability: 'per-request' } },
  { name: 'casbin: CachedEnforcer', module: 'permission/casbin.mjs', material: { method: 'cached' } },
  { name: 'casbin: enforceSync', module: 'permission/casbin.mjs', material: { method: 'enforceSync' } },
  { name: 'casbin: enforce', module: 'permission/casbin.mjs', material: { method: 'enforce' } },
  { name: 'accesscontrol', module: 'permission/accesscontrol.mjs', material: {} },
]

export const permission: Suite = {
  name: 'permission',
  about: '100 roles in 20 chains of depth 5, 1,000 grants, 10 % wildcards; a user with 3 leaf roles',
  timed:
    'CPU time of a process that checks 2,048 queries in turn, half of them allowed, in a random but fixed order, each ' +
    'contender called as its documentation says, policies loaded before. Every contender has first given the expected ' +
    'answer to every query.',
  async run({ profile, node, progress }) {
    progress('contenders')
    const contenders = await startMicro(entries, node)
    try {
      progress('the same answers')
      for (const { name, child } of contenders) {
        const most = slow.has(name) && Number.isFinite(profile.slowQueries) ? profile.slowQueries : undefined
        const wrong = await child.call<string[]>('call', 'wrong', most)
        if (wrong.length > 0) throw new Error(`${name} decided ${wrong.length} queries wrongly, such as ${wrong[0]}`)
      }
      progress('timing')
      const costs = await measureMicro(contenders, 'check', profile)
      const rows = entries.map(({ name }): Row => {
        const own = costs.get(name)!
        return {
          contender: name,
          ratio: ratios(costs.get(reference)!, own),
          cpuMicros: summarise(own),
          perCpuSecond: summarise(own.map((cost) => 1e6 / cost)),
        }
      })
      return { tables: [{ title: 'Permission check', reference, rows }], bars: barsOf(rows) }
    } finally {
      await stopMicro(contenders)
    }
  },
}

function barsOf(rows: readonly Row[]): Bar[] {
  const bar = (contender: string, millions: number, text: string): Bar => {
    const rate = rows.find((row) => row.contender === contender)!.perCpuSecond!.median
    return { text, actual: `${(rate / 1e6).toFixed(1)} M`, reached: rate >= millions * 1e6 }
  }
  return [
    bar(can, 5, 'at least 5 M checks per CPU-second without a cache per user'),
    bar(canAnew, 5, 'the same with a principal that was never seen before, its making included'),
    bar(compiled, 15, 'at least 15 M checks per CPU-second for a compiled principal'),
  ]
}
