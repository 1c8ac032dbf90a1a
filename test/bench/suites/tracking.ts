import { createHmac } from 'node:crypto'
import { coresInWords } from '../harness/cores.ts'
import { measureHttp, type HttpEntry, type LoadWindow } from '../harness/http.ts'
import type { Row } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const alone = 'express-session alone'
const tracked = 'express-session + session-tracker'
const identified = 'express-session + identify()'
const secret = 'a secret of the bench alone'
const id = 'bench-session-0123456789abcdef'

/** As express-session signs it. */
const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
const cookie = `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`

export const tracking: Suite = {
  name: 'tracking',
  about: 'One route behind a logged-in session, with and without session-tracker',
  timed:
    'CPU time of the server process while a load generator in another process sends GET /orders with the cookie of one session, divided by the ' +
    'answered requests. express-session keeps sessions in its memory store, which is its cheapest; with the tracker the store is guarded, so ' +
    'that its digest of the id is in the figure. Alone it only looks whether there is a user; identify() and the tracker also consult ' +
    `revocations. The last row has no express-session. ${coresInWords}`,
  async run({ profile, node, progress }) {
    const entry = (name: string, file: string, material: object): HttpEntry => ({
      name,
      module: `http/${file}`,
      material: { secret, id, cookie, ...material },
      headers: { cookie },
      refusals: [
        { headers: {}, status: 401 },
        { headers: { cookie: `${cookie}x` }, status: 401 },
      ],
    })
    const entries = [
      entry(alone, 'express-session.mjs', {}),
      entry(identified, 'express-session.mjs', { withIdentify: true }),
      entry(tracked, 'express-session.mjs', { withIdentify: true, withTracker: true }),
      entry('session-tracker’s own cookie', 'cookie-session.mjs', {}),
    ]
    progress('servers')
    const all = await measureHttp(entries, '/orders', profile, node)
    const costs = (name: string): number[] => all.get(name)!.map(({ cpuMicros }) => cpuMicros)
    const rows = entries.map(({ name }): Row => {
      const windows = all.get(name)!
      const of = (key: keyof LoadWindow) => summarise(windows.map((window) => window[key]))
      return {
        contender: name,
        ratio: ratios(costs(alone), costs(name)),
        cpuMicros: of('cpuMicros'),
        perCpuSecond: summarise(costs(name).map((cost) => 1e6 / cost)),
        perSecond: of('perSecond'),
        p50: of('p50'),
        p97_5: of('p97_5'),
        p99: of('p99'),
        busy: of('busy'),
      }
    })
    const kept = rows.find(({ contender }) => contender === tracked)!.ratio!.median
    return {
      tables: [{ title: 'Sessions on Express 5', reference: alone, rows }],
      bars: [
        {
          text: 'Express with express-session and session-tracker keeps at least 85 % of what express-session alone answers per CPU-second',
          actual: `${(kept * 100).toFixed(1)} %`,
          reached: kept >= 0.85,
        },
      ],
    }
  },
}
