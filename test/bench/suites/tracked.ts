import { startRedis } from '../../servers/index.ts'
import { startMicro, stopMicro } from '../harness/micro.ts'
import type { Row, Table } from '../harness/report.ts'
import { summarise } from '../harness/statistics.ts'
import { measureLists, usedMemory } from './sessions.ts'
import type { Suite } from './suite.ts'

export const tracked: Suite = {
  name: 'tracked',
  about: 'The sessions of one user out of many, as session-tracker keeps and lists them, in Redis',
  timed:
    'As in the suite `sessions`, but records are those of session-tracker, with the device and the book of each account, and a list is one of ' +
    '`sessions.list()`: read, decoded, joined with the devices and sorted. CPU time is that of the client’s process for one list.',
  async run({ profile, node, progress }) {
    const [few, many] = profile.sessions
    const server = await startRedis()
    const [contender] = await startMicro(
      [{ name: 'session-tracker', module: 'store/tracked-sessions.mjs', material: { kind: 'redis', at: server.url } }],
      node,
    )
    try {
      const empty = await usedMemory(server)
      const rows: Row[] = []
      let filled = 0
      let perSession = 0
      for (const total of [few, many]) {
        progress(`${total.toLocaleString('en')} tracked sessions`)
        await contender!.child.call('call', 'fill', filled, total)
        filled = total
        perSession = ((await usedMemory(server)) - empty) / total
        rows.push(await measureLists(contender!, total, profile.lists))
      }
      const payload = await contender!.child.call<number>('call', 'payload')
      const stored = await contender!.child.call<number>('call', 'stored')
      const cpu = rows[1]!.cpuMicros!.median
      const table: Table = {
        title: 'Tracked sessions of one user',
        reference: rows[0]!.contender,
        rows: rows.map((row) => ({ ...row, ratio: summarise([rows[0]!.p50!.median / row.p50!.median]) })),
      }
      return {
        tables: [table],
        bars: [
          {
            text: 'the list of one user costs less than 1 ms of CPU',
            actual: `${(cpu / 1000).toFixed(3)} ms`,
            reached: cpu < 1000,
          },
          {
            text: `memory of one session, with its third of the account’s book and device, against 1.5 × the ${payload} bytes of its record as JSON (stored in ${stored})`,
            actual: `${perSession.toFixed(0)} bytes, ${(perSession / payload).toFixed(2)} ×`,
            reached: perSession <= payload * 1.5,
          },
        ],
      }
    } finally {
      await stopMicro([contender!])
      await server.stop()
    }
  },
}
