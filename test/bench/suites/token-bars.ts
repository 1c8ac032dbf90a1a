import type { Costs } from '../harness/micro.ts'
import type { Profile } from '../harness/profile.ts'
import type { Bar } from '../harness/report.ts'
import { median, ratios } from '../harness/statistics.ts'

/** Contenders that bars speak of. */
export const names = {
  reference: 'jose.jwtVerify alone',
  ours: 'jwt-auth',
  revoked: 'jwt-auth, many revoked',
  cached: 'fast-jwt alone, cache on',
} as const

/** What one algorithm costs. */
export interface TokenCosts {
  /** What the bench itself spends. */
  readonly floor: Costs
  readonly cold: Costs
  /** For each pool. */
  readonly warm: readonly Costs[]
  /** Bytes that ours keeps of the largest pool. */
  readonly kept: number
}

/** What 20,000 remembered tokens, the default, may keep on the heap. */
const MOST_KEPT = 40e6

const number = (count: number): string => count.toLocaleString('en')

/** The bars of one algorithm. */
export function tokenBars(algorithm: string, costs: TokenCosts, { pools, revokedTokens }: Profile): readonly Bar[] {
  const { cold, warm, kept } = costs
  const [one, some, many] = warm as [Costs, Costs, Costs]
  const { ours, reference, cached, revoked } = names
  return [
    most('a cold check costs at most 1.15 × that of bare jose.jwtVerify', 1.15, share(cold, ours, reference)),
    ...[one, some].map((pool, i) =>
      most(
        `a warm check costs no more than with fast-jwt and its cache, pool of ${number(pools[i]!)}`,
        1,
        share(pool, ours, cached),
      ),
    ),
    most(
      `no cliff: a check of one of ${number(pools[2])} tokens costs at most 1.1 × a cold one`,
      1.1,
      median(net(many, ours)) / median(net(cold, ours)),
    ),
    {
      text: `${algorithm}: ${number(pools[2])} distinct tokens keep at most ${MOST_KEPT / 1e6} MB`,
      actual: `${(kept / 1e6).toFixed(1)} MB`,
      reached: kept <= MOST_KEPT,
    },
    ...(
      [
        ['cold', cold],
        [`pool of ${number(pools[1])}`, some],
      ] as const
    ).map(([name, table]) =>
      most(
        `${number(revokedTokens)} revoked tokens cost nothing measurable (at most 1.05 ×), ${name}`,
        1.05,
        ratios(table.get(revoked)!, table.get(ours)!).median,
      ),
    ),
  ]

  function most(text: string, limit: number, actual: number): Bar {
    return { text: `${algorithm}: ${text}`, actual: `${actual.toFixed(2)} ×`, reached: actual <= limit }
  }

  /** Without the making of the request, within each round. */
  function share(table: Costs, contender: string, of: string): number {
    return ratios(net(table, contender), net(table, of)).median
  }

  function net(table: Costs, contender: string): number[] {
    const floor = median(costs.floor.get(contender)!)
    return table.get(contender)!.map((cost) => cost - floor)
  }
}
