import { measureMicro, startMicro, stopMicro } from '../harness/micro.ts'
import type { Row } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const ENTRIES = [
  { name: 'audit-logger, each on the disk', module: 'audit/sallyport.mjs', material: { actor: false } },
  { name: 'audit-logger with a person, each on the disk', module: 'audit/sallyport.mjs', material: { actor: true } },
  { name: 'winston to a file', module: 'audit/winston.mjs', material: {} },
  { name: 'pino to a file, synchronous', module: 'audit/pino.mjs', material: {} },
] as const

/** Most events of one window. */
const MOST = 50_000

/** Events a second at which the event loop is watched, and for how many milliseconds. */
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
      const costs = await measureMicro(contenders, 'record', profile, MOST)
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
      const watched = profile.name === 'smoke' ? 50 : 3000
      progress(`${RATE.toLocaleString('en')} events a second`)
      const { delay } = await ours.call<{ delay: number }>('call', 'delay', RATE, watched)
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
      return {
        tables: [{ title: 'Audit log', reference, rows }],
        bars: [
          {
            text: 'events for a second of CPU time, each on the disk: at least 100,000',
            actual: Math.round(perSecond).toLocaleString('en'),
            reached: perSecond >= 100_000,
          },
          {
            text: `the event loop late by less than 5 ms (p99) at ${RATE.toLocaleString('en')} events a second`,
            actual: `${delay.toFixed(1)} ms`,
            reached: delay < 5,
          },
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
