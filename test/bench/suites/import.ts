import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inTurn } from '../harness/micro.ts'
import type { Row } from '../harness/report.ts'
import { median, ratios, summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../contenders/import.mjs', import.meta.url))
const bare = 'node alone'
const ours = '@sallyport/jwt-auth + @sallyport/rbac'

const entries: readonly (readonly [name: string, ...modules: readonly string[]])[] = [
  [bare],
  [ours, '@sallyport/jwt-auth', '@sallyport/rbac'],
  ['@sallyport/core', '@sallyport/core'],
  ['@sallyport/rbac', '@sallyport/rbac'],
  ['jose', 'jose'],
  ['express-jwt', 'express-jwt'],
  ['express-oauth2-jwt-bearer', 'express-oauth2-jwt-bearer'],
  ['passport + passport-jwt', 'passport', 'passport-jwt'],
  ['@casl/ability', '@casl/ability'],
  ['casbin', 'casbin'],
  ['accesscontrol', 'accesscontrol'],
  ['express', 'express'],
]

export const imports: Suite = {
  name: 'import',
  about: 'What an import adds to the start of a process',
  timed:
    'CPU time (user + system, all threads) of a fresh process from its start to the end of the imports; “net” is that ' +
    'minus the same for node alone in the same round. No compile cache; files in the page cache.',
  async run({ profile, node, progress }) {
    const costs = new Map<string, number[]>(entries.map(([name]) => [name, []]))
    // The first start of each reads the files from the disk and is not counted.
    for (let round = -1; round < profile.spawns; round++) {
      progress(`round ${round + 1} of ${profile.spawns}`)
      for (const [name, ...modules] of inTurn(entries, round + 1)) {
        const cost = await start(node, modules)
        if (round >= 0) costs.get(name)!.push(cost)
      }
    }
    const base = costs.get(bare)!
    const netOf = (name: string): number[] => costs.get(name)!.map((cost, round) => cost - base[round]!)
    const reference = netOf('jose')
    const rows = entries.map(([name]): Row => {
      const own = summarise(costs.get(name)!)
      if (name === bare) return { contender: name, cpuMicros: own }
      const net = netOf(name)
      return { contender: name, cpuMicros: own, netCpuMicros: summarise(net), ...ratioOf(reference, net) }
    })
    const net = median(netOf(ours)) / 1000
    return {
      tables: [{ title: 'Cold import', reference: 'jose', rows }],
      bars: [
        {
          text: 'importing jwt-auth and rbac together costs less than 60 ms of CPU on top of bare node',
          actual: `${net.toFixed(1)} ms`,
          reached: net < 60,
        },
      ],
    }
  },
}

/** None where a small cost came out negative in some round. */
function ratioOf(reference: readonly number[], own: readonly number[]): Pick<Row, 'ratio'> {
  return own.every((net) => net > 0) ? { ratio: ratios(reference, own) } : {}
}

async function start(node: string, modules: readonly string[]): Promise<number> {
  const env = { NODE_ENV: 'production', PATH: process.env.PATH }
  const { stdout } = await run(node, [script, ...modules], { env })
  return Number(stdout)
}
