import { coresInWords } from '../harness/cores.ts'
import { measureHttp, type HttpEntry, type LoadWindow } from '../harness/http.ts'
import type { Bar, Row, Table } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import { createIssuer } from '../harness/tokens.ts'
import type { Suite } from './suite.ts'

const ours = 'Express + jwt-auth + rbac'

export const http: Suite = {
  name: 'http',
  about: 'One route behind a guard, over real HTTP: Express 5, Koa 3, Fastify 5; RS256, one warm token',
  timed:
    'CPU time (user + system, all threads) of the server process while a load generator in another process sends GET ' +
    '/orders, divided by the answered requests. The same token on every request, verified before. Peers check the ' +
    `token only; ours checks the token, and where rbac is named also the permission. ${coresInWords}`,
  async run({ profile, node, progress }) {
    const issuer = createIssuer('RS256')
    const good = { authorization: `Bearer ${await issuer.token()}` }
    const bad = await issuer.badTokens()
    const refusals = [
      { headers: {}, status: 401 },
      { headers: { authorization: `Bearer ${bad['a signature of another key']}` }, status: 401 },
      { headers: { authorization: `Bearer ${bad['expired']}` }, status: 401 },
      { headers: { authorization: `Bearer ${bad['another audience']}` }, status: 401 },
    ]
    const unprivileged = { authorization: `Bearer ${await issuer.token({ claims: { roles: ['guest'] } })}` }
    const bare = (name: string, file: string): HttpEntry => entry(name, file, {})
    const guarded = (name: string, file: string, more: object = {}): HttpEntry => entry(name, file, more, refusals)
    const withRoles = (name: string, file: string): HttpEntry =>
      entry(name, file, { withRbac: true }, [...refusals, { headers: unprivileged, status: 403 }])
    function entry(name: string, file: string, more: object, refused: HttpEntry['refusals'] = []): HttpEntry {
      return {
        name,
        module: `http/${file}`,
        material: { ...issuer.material, ...more },
        headers: good,
        refusals: refused,
      }
    }

    const groups: readonly (readonly [title: string, entries: readonly HttpEntry[]])[] = [
      [
        'Express 5',
        [
          bare('Express', 'express-bare.mjs'),
          withRoles(ours, 'express-sallyport.mjs'),
          guarded('Express + jwt-auth', 'express-sallyport.mjs'),
          guarded('Express + express-jwt', 'express-jwt.mjs'),
          guarded('Express + express-oauth2-jwt-bearer', 'express-oauth2-jwt-bearer.mjs'),
          guarded('Express + passport-jwt', 'passport-jwt.mjs'),
        ],
      ],
      [
        'Koa 3',
        [
          bare('Koa', 'koa-bare.mjs'),
          withRoles('Koa + jwt-auth + rbac', 'koa-sallyport.mjs'),
          guarded('Koa + koa-jwt', 'koa-jwt.mjs'),
        ],
      ],
      [
        'Fastify 5',
        [
          bare('Fastify', 'fastify.mjs'),
          guarded('Fastify + @fastify/jwt, cache off', 'fastify.mjs', { cache: false }),
          guarded('Fastify + @fastify/jwt, cache on', 'fastify.mjs', { cache: true }),
        ],
      ],
    ]
    progress('servers')
    const all = await measureHttp(
      groups.flatMap(([, entries]) => entries),
      '/orders',
      profile,
      node,
    )
    const pair = groups[0]![1].slice(0, 2)
    progress('the two that the bar is about, more often')
    const often = { ...profile, processes: profile.processes * 2, repeats: profile.repeats * 4 }
    const alone = tableOf(`${pair[1]!.name}, more often`, pair, await measureHttp(pair, '/orders', often, node))
    const tables = groups.map(([title, entries]) => tableOf(title, entries, all))
    return { tables: [...tables, alone], bars: [expressBar(alone)] }
  },
}

function tableOf(title: string, entries: readonly HttpEntry[], all: ReadonlyMap<string, readonly LoadWindow[]>): Table {
  const reference = entries[0]!.name
  const costs = (name: string): number[] => all.get(name)!.map(({ cpuMicros }) => cpuMicros)
  const rows = entries.map(({ name }): Row => {
    const windows = all.get(name)!
    const of = (key: keyof LoadWindow) => summarise(windows.map((window) => window[key]))
    return {
      contender: name,
      ratio: ratios(costs(reference), costs(name)),
      cpuMicros: of('cpuMicros'),
      perCpuSecond: summarise(costs(name).map((cost) => 1e6 / cost)),
      perSecond: of('perSecond'),
      p50: of('p50'),
      p97_5: of('p97_5'),
      p99: of('p99'),
      busy: of('busy'),
    }
  })
  return { title, reference, rows }
}

function expressBar({ rows }: Table): Bar {
  const kept = rows.find(({ contender }) => contender === ours)!.ratio!.median
  return {
    text: 'Express with jwt-auth + rbac keeps at least 85 % of the bare app’s requests per CPU-second on a warm token',
    actual: `${(kept * 100).toFixed(1)} %`,
    reached: kept >= 0.85,
  }
}
