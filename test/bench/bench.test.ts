import { describe, expect, it } from 'vitest'
import { profiles } from './harness/profile.ts'
import { formatReport } from './harness/print.ts'
import type { Report, Row } from './harness/report.ts'
import { runSuites } from './harness/run.ts'
import { median, ratios, summarise } from './harness/statistics.ts'
import { suites } from './suites/index.ts'
import { operations } from './suites/store.ts'

/** Whether the Node that runs the tests, and so the contenders, has SQLite. */
const sqlite = process.getBuiltinModule('node:sqlite') !== undefined

/** Who must appear in every table of a title; a table that lost a contender flatters those that stayed. */
const contenders: Readonly<Record<string, readonly string[]>> = {
  'Express 5': [
    'Express',
    'Express + jwt-auth + rbac',
    'Express + jwt-auth',
    'Express + express-jwt',
    'Express + express-oauth2-jwt-bearer',
    'Express + passport-jwt',
  ],
  'Express + jwt-auth + rbac, more often': ['Express', 'Express + jwt-auth + rbac'],
  'Koa 3': ['Koa', 'Koa + jwt-auth + rbac', 'Koa + koa-jwt'],
  'Fastify 5': ['Fastify', 'Fastify + @fastify/jwt, cache off', 'Fastify + @fastify/jwt, cache on'],
  ...Object.fromEntries(
    ['RS256', 'EdDSA'].map((algorithm) => [
      algorithm,
      [
        'jose.jwtVerify alone',
        'jwt-auth',
        'jwt-auth, many revoked',
        'fast-jwt alone, cache on',
        'express-jwt',
        'express-oauth2-jwt-bearer',
        'passport-jwt',
        'koa-jwt',
        '@fastify/jwt, cache off',
        '@fastify/jwt, cache on',
      ],
    ]),
  ),
  'Permission check': [
    'a Set of the user’s permissions',
    'rbac: access.compile(principal).can(…)',
    'rbac: access.can(principal, …)',
    'rbac: access.can(a new principal each time, …)',
    'CASL: ability cached for the user',
    'CASL: ability built per request',
    'casbin: CachedEnforcer',
    'casbin: enforceSync',
    'casbin: enforce',
    'accesscontrol',
  ],
  'Roles in the policy': ['10', '100', '1,000', '10,000'].map((count) => `rbac: access.can among ${count} roles`),
  'Reload of a policy': ['1,000', '10,000'].map((count) => `rbac: access.reload of ${count} rules`),
  'A satisfied gate': [
    'identify() alone, two factors in the login',
    '… and mfa.require(), satisfied by the login',
    'identify() alone, a session with a proof',
    '… and mfa.require(), satisfied by the session',
  ],
  'A login by TOTP': ['POST mfa/verify with a TOTP code'],
  ...Object.fromEntries(
    Object.entries({
      Redis: ['redis 6 by hand', 'store-redis on redis 6'],
      'Redis, ioredis': ['ioredis 6 by hand', 'store-redis on ioredis 6'],
      PostgreSQL: ['pg 8 by hand', 'store-postgres'],
      ...(sqlite && { SQLite: ['node:sqlite by hand', 'store-sqlite'] }),
    }).flatMap(([server, names]) => Object.values(operations).map((about) => [`${server}, ${about}`, names])),
  ),
  ...(!sqlite && { SQLite: ['node:sqlite by hand', 'store-sqlite'] }),
  'Sessions on Express 5': [
    'express-session alone',
    'express-session + identify()',
    'express-session + session-tracker',
    'session-tracker’s own cookie',
  ],
  'Tracked sessions of one user': ['30 sessions of 10 users', '300 sessions of 100 users'],
  'Sessions of one user': ['30 sessions of 10 users', '300 sessions of 100 users'],
  'Revocation lag': ['store-redis', 'store-postgres', 'store-sqlite'],
  'Audit log': [
    'audit-logger, each on the disk',
    'audit-logger with a person, each on the disk',
    'winston to a file',
    'pino to a file, synchronous',
  ],
  'Recorded requests on Express 5': [
    'Express',
    'Express + identify()',
    'Express + identify() + audit.action()',
    'Express + audit.action()',
  ],
  'Cold import': [
    'node alone',
    '@sallyport/jwt-auth + @sallyport/rbac',
    '@sallyport/core',
    '@sallyport/rbac',
    'jose',
    'express-jwt',
    'express-oauth2-jwt-bearer',
    'passport + passport-jwt',
    '@casl/ability',
    'casbin',
    'accesscontrol',
    'express',
  ],
}

/** How many bars each suite names. */
const bars: Readonly<Record<string, number>> = {
  http: 1,
  tracking: 1,
  token: 14,
  permission: 3,
  policy: 2,
  mfa: 3,
  store: sqlite ? 36 : 27,
  sessions: 2,
  tracked: 2,
  revocation: 1,
  audit: 5,
  import: 1,
}

/** The report of one suite as a reader of the JSON sees it. */
async function smoke(name: string): Promise<Report> {
  const chosen = suites.filter((suite) => suite.name === name)
  // On the Node that runs the tests, so that contenders are started on each Node that is supported.
  const report = await runSuites(chosen, { profile: profiles.smoke, node: process.execPath, progress: () => {} })
  return JSON.parse(JSON.stringify(report)) as Report
}

/** Rows that neither have figures nor say why. */
function incomplete(rows: readonly Row[]): Row[] {
  return rows.filter(
    ({ cpuMicros, unavailable }) => !(unavailable ?? (cpuMicros !== undefined && cpuMicros.median > 0)),
  )
}

describe('the bench', () => {
  it('has a suite for each name', () => {
    expect(suites.map(({ name }) => name)).toEqual(Object.keys(bars))
  })

  it.each(suites)('$name yields a report with every contender', { timeout: 60_000 }, async ({ name }) => {
    const report = await smoke(name)
    expect(report).toMatchObject({ schema: 1, profile: 'smoke', node: { contenders: process.version } })
    expect(report.reference.median).toBeGreaterThan(0)
    const { tables, bars: named, timed } = report.suites[0]!
    expect(timed).toContain('CPU time')
    expect(named.map(({ actual }) => actual)).toEqual(
      Array.from({ length: bars[name]! }, () => expect.stringMatching(/\d/)),
    )
    expect(tables.length).toBeGreaterThan(0)
    const text = formatReport(report)
    for (const { title, reference, rows } of tables) {
      const names = rows.map(({ contender }) => contender)
      expect(names).toEqual(contenders[title])
      expect(incomplete(rows)).toEqual([])
      const first = rows.find(({ contender }) => contender === reference)
      expect(first?.unavailable === undefined ? first?.ratio?.median : 1).toBe(1)
      for (const one of names) expect(text).toContain(one)
    }
  })
})

describe('statistics', () => {
  it('takes the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow(RangeError)
  })

  it('tells how far the repeats lay apart', () => {
    expect(summarise([10, 12, 9])).toEqual({ median: 10, low: 9, high: 12, spread: 0.3 })
  })

  it('compares within a round, so that a slow round changes nothing', () => {
    expect(ratios([1, 10, 2], [2, 20, 4]).median).toBe(0.5)
    expect(ratios([1, 10, 2], [2, 20, 4]).spread).toBe(0)
  })
})
