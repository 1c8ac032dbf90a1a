import { measureMicro, startMicro, stopMicro } from '../harness/micro.ts'
import type { Row } from '../harness/report.ts'
import { median, ratios, summarise } from '../harness/statistics.ts'
import { auditedRequests } from './audit-requests.ts'
import type { Suite } from './suite.ts'

const ENTRIES = [
  { name: 'audit-logger, each on the disk', module: 'audit/sallyport.mjs', material: { actor: false } },
  { name: 'audit-logger with a person, each on the disk', module: 'audit/sallyport.mjs', material: { actor: true } },
  { name: 'winston to a file', module: 'audit/winston.mjs', material: {} },
  { name: 'pino to a file, synchronous', module: 'audit/pino.mjs', material: {} },
] as const

/** Most events of one window. */
const MOST = 50_000

/** Milliseconds of a window: one fsync is for thousands of events, so that in a short one there is little else than that. */
const WINDOW = 1000

/** Events that each contender has written before it is measured. */
const WARM = 100_000

/** Events a second at which the event loop is watched. */
const RATE = 20_000

export const audit: Suite = {
  name: 'audit',
  about: 'Events written to a log',
  timed:
    'CPU time of the whole process, the writing thread included, for one event. Ours answers when the disk has it (fsync), hashes it into the tree, ' +
    'and with a person seals their part; winston and pino hand lines to the system and do none of that.',
  async run({ profile, node, progress }) {
    const contenders = await startMicro(ENTRIES, node)
    try {
      const smoke = profile.name === 'smoke'
      for (const { child } of contenders) await child.call('window', 'record', smoke ? 10 : WARM)
      const costs = await measureMicro(
        contenders,
        'record',
        smoke ? profile : { ...profile, microWindow: WINDOW },
        MOST,
      )
      const reference = ENTRIES[2].name
      const rows = ENTRIES.map(({ name }): Row => {
        const own = costs.get(name)!
        return {
          contender: name,
          cpuMicros: summarise(own),
          perCpuSecond: summarise(own.map((micros) => 1e6 / micros)),
          ratio: ratios(costs.get(reference)!, own),
        }
      })
      const ours = contenders[0]!.child
      progress(`${RATE.toLocaleString('en')} events a second`)
      const delay = await ours.call<{ busy: number[]; idle: number[]; rate: number }>('call', 'delay', {
        rate: RATE,
        milliseconds: smoke ? 50 : 500,
        windows: smoke ? 1 : profile.repeats * 2,
      })
      const before = await ours.call<{ heap: number }>('memory')
      progress(`${profile.auditRecords.toLocaleString('en')} records`)
      const { seconds, size } = await ours.call<{ seconds: number; size: number }>(
        'call',
        'verify',
        profile.auditRecords,
      )
      const after = await ours.call<{ heap: number }>('memory')
      const perSecond = rows[0]!.perCpuSecond!.median
      const million = (seconds / size) * 1e6
      const grown = (after.heap - before.heap) / 1_048_576
      const late = median(delay.busy)
      progress('recorded requests')
      const requests = await auditedRequests(profile, node)
      return {
        tables: [{ title: 'Audit log', reference, rows }, requests.table],
        bars: [
          {
            text: 'events for a second of CPU time, each on the disk: at least 100,000',
            actual: `${Math.round(perSecond).toLocaleString('en')} (${Math.round(rows[0]!.perCpuSecond!.high).toLocaleString('en')} in the best window)`,
            reached: perSecond >= 100_000,
          },
          {
            text: `the event loop late by less than 5 ms (p99) at ${RATE.toLocaleString('en')} events a second`,
            actual:
              `${late.toFixed(1)} ms at ${Math.round(delay.rate).toLocaleString('en')} a second ` +
              `(${median(delay.idle).toFixed(1)} ms while nothing was recorded)`,
            reached: late < 5,
          },
          requests.bar,
          {
            text: `1,000,000 records verified in less than 20 s of CPU time (measured on ${size.toLocaleString('en')})`,
            actual: `${million.toFixed(1)} s`,
            reached: million < 20,
          },
          {
            text: `less than 20 MiB more kept after another ${profile.auditRecords.toLocaleString('en')} records`,
            actual: `${grown.toFixed(1)} MiB`,
            reached: grown < 20,
          },
        ],
      }
    } finally {
      await stopMicro(contenders)
    }
  },
}
