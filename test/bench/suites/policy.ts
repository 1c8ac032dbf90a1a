import { measureMicro, startMicro, stopMicro, type MicroEntry } from '../harness/micro.ts'
import type { Row } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import type { Setting, Suite } from './suite.ts'

const SIZES = [10, 100, 1_000, 10_000]
const RULES = [1_000, 10_000]

/** A decision among the most roles may cost this much of one among the fewest. */
const FLAT = 1.5
/** Longest that the reload of the largest policy may keep the event loop, in milliseconds. */
const BLOCKED = 10

const rolesNamed = (count: number): string => `rbac: access.can among ${count.toLocaleString('en')} roles`
const rulesNamed = (count: number): string => `rbac: access.reload of ${count.toLocaleString('en')} rules`

export const policy: Suite = {
  name: 'policy',
  about: 'Decisions in ever larger policies, and what replacing one costs',
  timed:
    'Decisions: CPU time of a process that asks the same 2,048 questions about the same user, whose ten roles are the smallest policy; the others have ' +
    'more roles of other people beside them. Reload: CPU time of access.reload() with a policy that is at hand, and for p50 to p99 the longest time ' +
    'between two turns of the event loop during each, by the clock: garbage collection is in it, and so is what other processes take of the CPU. The bar is for the median.',
  async run(setting) {
    const roles = await decisions(setting)
    const { rows, blocked } = await reloads(setting)
    const flat = 1 / roles.at(-1)!.ratio!.median
    return {
      tables: [
        { title: 'Roles in the policy', reference: rolesNamed(SIZES[0]!), rows: roles },
        { title: 'Reload of a policy', reference: rulesNamed(RULES[0]!), rows },
      ],
      bars: [
        {
          text: `a decision among 10,000 roles costs at most ${FLAT} times one among 10`,
          actual: `${flat.toFixed(2)} times`,
          reached: flat <= FLAT,
        },
        {
          text: `a reload of 10,000 rules keeps the event loop for less than ${BLOCKED} ms, garbage collection included`,
          actual: `${blocked.toFixed(1)} ms`,
          reached: blocked < BLOCKED,
        },
      ],
    }
  },
}

async function decisions({ profile, node, progress }: Setting): Promise<Row[]> {
  progress('roles')
  const entries = SIZES.map((count): MicroEntry => ({
    name: rolesNamed(count),
    module: 'policy/scaled.mjs',
    material: { count },
  }))
  const contenders = await startMicro(entries, node)
  try {
    for (const { name, child } of contenders) {
      const wrong = await child.call<number>('call', 'wrong')
      if (wrong > 0) throw new Error(`${name} decided ${wrong} questions wrongly`)
    }
    const costs = await measureMicro(contenders, 'check', profile)
    const reference = costs.get(rolesNamed(SIZES[0]!))!
    return entries.map(({ name }): Row => {
      const own = costs.get(name)!
      return {
        contender: name,
        ratio: ratios(reference, own),
        cpuMicros: summarise(own),
        perCpuSecond: summarise(own.map((cost) => 1e6 / cost)),
      }
    })
  } finally {
    await stopMicro(contenders)
  }
}

async function reloads({ profile, node, progress }: Setting): Promise<{ rows: Row[]; blocked: number }> {
  const rows: Row[] = []
  let blocked = 0
  for (const rules of RULES) {
    progress(rulesNamed(rules))
    const [contender] = await startMicro(
      [{ name: rulesNamed(rules), module: 'policy/reload.mjs', material: { rules } }],
      node,
    )
    try {
      const cpu: number[] = []
      const longest: number[] = []
      for (let i = 0; i < profile.reloads; i++) {
        const { cpuMicros, blockedMs } = await contender!.child.call<{ cpuMicros: number; blockedMs: number }>(
          'call',
          'reload',
          i,
        )
        cpu.push(cpuMicros)
        longest.push(blockedMs)
      }
      longest.sort((a, b) => a - b)
      const at = (share: number) =>
        summarise([longest[Math.min(longest.length - 1, Math.floor(longest.length * share))]!])
      const cpuMicros = summarise(cpu)
      const ratio = summarise([(rows[0]?.cpuMicros ?? cpuMicros).median / cpuMicros.median])
      rows.push({ contender: contender!.name, ratio, cpuMicros, p50: at(0.5), p97_5: at(0.975), p99: at(0.99) })
      // What other processes take of the CPU is in the others as well.
      blocked = at(0.5).median
    } finally {
      await stopMicro([contender!])
    }
  }
  return { rows, blocked }
}
