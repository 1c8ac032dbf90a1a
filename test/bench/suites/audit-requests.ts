import { measureHttp, type HttpEntry, type LoadWindow } from '../harness/http.ts'
import type { Profile } from '../harness/profile.ts'
import type { Bar, Row, Table } from '../harness/report.ts'
import { median, ratios, summarise } from '../harness/statistics.ts'

const bare = 'Express'
const identified = 'Express + identify()'
const recorded = 'Express + identify() + audit.action()'
const alone = 'Express + audit.action()'

const entryOf = (name: string, material: object): HttpEntry => ({
  name,
  module: 'http/express-audit.mjs',
  material,
  headers: {},
})

/** What it adds to a request that it is recorded, with nobody waiting for that. */
export async function auditedRequests(profile: Profile, node: string): Promise<{ table: Table; bar: Bar }> {
  const entries = [
    entryOf(bare, {}),
    entryOf(identified, { withIdentify: true }),
    entryOf(recorded, { withIdentify: true, withAudit: true }),
    entryOf(alone, { withAudit: true }),
  ]
  const all = await measureHttp(entries, '/orders', profile, node)
  const costs = (name: string): number[] => all.get(name)!.map(({ cpuMicros }) => cpuMicros)
  const rows = entries.map(({ name }): Row => {
    const of = (key: keyof LoadWindow) => summarise(all.get(name)!.map((window) => window[key]))
    return {
      contender: name,
      ratio: ratios(costs(bare), costs(name)),
      cpuMicros: of('cpuMicros'),
      perSecond: of('perSecond'),
      p99: of('p99'),
      busy: of('busy'),
    }
  })
  // Of the same round, so that both were disturbed by the same.
  const added = (name: string, to: string): number =>
    median(costs(name).map((micros, round) => micros - costs(to)[round]!))
  const own = added(recorded, identified)
  return {
    table: { title: 'Recorded requests on Express 5', reference: bare, rows },
    bar: {
      text: 'less than 15 µs of CPU time more for a request that is recorded (async), the writing thread included',
      actual: `${own.toFixed(1)} µs (${added(alone, bare).toFixed(1)} µs where nothing else of Sallyport is on the request)`,
      reached: own < 15,
    },
  }
}
