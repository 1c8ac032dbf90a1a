import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresForTests, redisForTests } from '../../servers/index.ts'
import { startMicro, stopMicro, type MicroContender } from '../harness/micro.ts'
import type { Row } from '../harness/report.ts'
import { summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const kinds = { redis: 'store-redis', postgres: 'store-postgres', sqlite: 'store-sqlite' } as const
const reference = kinds.redis

/** How long a node that missed every hint may let in what is revoked: the poll, as documented, and a little to read. */
const BOUND = 1000

export const revocation: Suite = {
  name: 'revocation',
  about: 'From a revocation on one process to its refusal on another, by store',
  timed:
    'Milliseconds by the machine’s steady clock from the call of revoke() in one process until a second process, which shares nothing but the ' +
    'store, refuses the session; one revocation at a time, at moments that fall on no beat. CPU time is that of both processes for one of them.',
  async run({ profile, node, progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    const redis = await redisForTests()
    const postgres = await postgresForTests()
    const places = { redis: redis.url, postgres: postgres.url, sqlite: join(folder, 'lag.db') }
    try {
      const rows: Row[] = []
      const worst: number[] = []
      for (const [kind, name] of Object.entries(kinds)) {
        progress(name)
        const material = { kind, at: places[kind as keyof typeof places] }
        const nodes = await startMicro(
          ['one', 'other'].map((which) => ({ name: which, module: 'store/lag.mjs', material })),
          node,
        )
        try {
          const { unavailable } = nodes[0]!
          if (unavailable !== undefined) {
            rows.push({ contender: name, unavailable })
            continue
          }
          const { row, slowest } = await measureLag(name, nodes, profile.revocations)
          rows.push(row)
          worst.push(slowest)
        } finally {
          await stopMicro(nodes)
        }
      }
      const slowest = Math.max(...worst)
      return {
        tables: [{ title: 'Revocation lag', reference, rows: rows.map((row) => relative(row, rows[0]!)) }],
        bars: [
          {
            text: `every revocation reached the other process within ${BOUND} ms, the interval of the poll`,
            actual: `${slowest.toFixed(1)} ms at most`,
            reached: slowest <= BOUND,
          },
        ],
      }
    } finally {
      await Promise.all([redis.stop(), postgres.stop()])
      rmSync(folder, { recursive: true })
    }
  },
}

async function measureLag(
  contender: string,
  [one, other]: readonly MicroContender[],
  count: number,
): Promise<{ readonly row: Row; readonly slowest: number }> {
  const lags: number[] = []
  const before = await usage()
  for (let i = 0; i < count; i++) {
    const id = `session-${i}`
    await other!.child.call('call', 'expect', id)
    // Otherwise each would follow the last one's hint, and fall on the same moment of the poll.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    const { asked } = await one!.child.call<{ asked: string }>('call', 'revoke', id)
    const refused = await other!.child.call<string>('call', 'refused')
    lags.push(Number(BigInt(refused) - BigInt(asked)) / 1e6)
  }
  const cost = ((await usage()) - before) / count
  lags.sort((a, b) => a - b)
  const at = (share: number) => summarise([lags[Math.min(count - 1, Math.floor(count * share))]!])
  const row = { contender, cpuMicros: summarise([cost]), p50: at(0.5), p97_5: at(0.975), p99: at(0.99) }
  return { row, slowest: lags.at(-1)! }

  async function usage(): Promise<number> {
    const all = await Promise.all([one!, other!].map(({ child }) => child.call<number>('usage')))
    return all.reduce((sum, micros) => sum + micros, 0)
  }
}

function relative(row: Row, first: Row): Row {
  if (row.cpuMicros === undefined) return row
  return { ...row, ratio: summarise([first.cpuMicros!.median / row.cpuMicros.median]) }
}
