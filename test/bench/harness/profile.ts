import { algorithms, type Algorithm } from './tokens.ts'

/** How long a run takes: everything that trades time for precision stands here. */
export interface Profile {
  readonly name: 'full' | 'quick' | 'smoke'
  /** Rounds; every contender is measured once in each. */
  readonly repeats: number
  /**
   * Times that the servers of the HTTP suites are started anew, the repeats shared out among them: a process may be compiled
   * luckily or unluckily for all its life.
   */
  readonly processes: number
  /** One measured window of HTTP load, in seconds. */
  readonly httpWindow: number
  readonly httpWarmUp: number
  readonly connections: number
  /** One measured window of in-process work, in milliseconds. */
  readonly microWindow: number
  /** Algorithms of the token suite. */
  readonly algorithms: readonly Algorithm[]
  /** Distinct tokens in the pools of the token suite. */
  readonly pools: readonly [one: number, some: number, many: number]
  /** Tokens that a new verifier has not seen, for one cold window. */
  readonly coldTokens: number
  /** Tokens that are revoked, beside those that are measured. */
  readonly revokedTokens: number
  /** Queries on which a slow contender is verified before timing; fast ones are verified on all. */
  readonly slowQueries: number
  /** Sessions in Redis, at the start and in the end. */
  readonly sessions: readonly [few: number, many: number]
  /** Lists of one user that are timed. */
  readonly lists: number
  /** Revocations that are timed. */
  readonly revocations: number
  /** Reloads of a policy that are timed. */
  readonly reloads: number
  /** Records of the audit log that is verified. */
  readonly auditRecords: number
  /** Interleaved starts of a fresh process, for the costs of imports. */
  readonly spawns: number
}

export const profiles: Readonly<Record<Profile['name'], Profile>> = {
  full: {
    name: 'full',
    repeats: 6,
    processes: 3,
    httpWindow: 2,
    httpWarmUp: 3,
    connections: 16,
    microWindow: 100,
    algorithms,
    pools: [1, 1_000, 100_000],
    coldTokens: 1_000,
    revokedTokens: 1_000_000,
    slowQueries: Infinity,
    sessions: [10_000, 1_000_000],
    lists: 2_000,
    revocations: 300,
    reloads: 100,
    auditRecords: 1_000_000,
    spawns: 15,
  },
  quick: {
    name: 'quick',
    repeats: 3,
    processes: 1,
    httpWindow: 0.4,
    httpWarmUp: 0.6,
    connections: 16,
    microWindow: 20,
    algorithms,
    pools: [1, 100, 2_000],
    coldTokens: 200,
    revokedTokens: 50_000,
    slowQueries: 128,
    sessions: [1_000, 20_000],
    lists: 300,
    revocations: 50,
    reloads: 25,
    auditRecords: 50_000,
    spawns: 5,
  },
  // For the harness's own test: shows that everything runs, and says nothing about speed.
  smoke: {
    name: 'smoke',
    repeats: 1,
    processes: 1,
    httpWindow: 0.05,
    httpWarmUp: 0.05,
    connections: 4,
    microWindow: 1,
    // One that every peer has, and one that some have not.
    algorithms: ['RS256', 'EdDSA'],
    pools: [1, 5, 20],
    coldTokens: 5,
    revokedTokens: 5,
    slowQueries: 8,
    sessions: [30, 300],
    lists: 10,
    revocations: 5,
    reloads: 3,
    auditRecords: 500,
    spawns: 1,
  },
}
