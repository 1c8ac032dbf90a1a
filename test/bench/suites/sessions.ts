import { redisCommand, startRedis, type TestServer } from '../../servers/index.ts'
import { startMicro, stopMicro, type MicroContender } from '../harness/micro.ts'
import type { Row, Table } from '../harness/report.ts'
import { summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

/** Sessions of each user: 1,000,000 are those of 333,333 users. */
const EACH = 3
const PAYLOAD = 200

/** Bytes of one session and its place in the index of a plain design: a string, and a sorted set for each user. */
const PLAIN = 449

export const sessions: Suite = {
  name: 'sessions',
  about: 'The sessions of one user out of many, and their memory, in Redis',
  timed:
    'A private Redis, filled through store-redis with sessions of 200 bytes, listed under their user, each user a partition of its own. list: the time ' +
    'of one list of one user drawn at random, one after the other. CPU time is that of the client’s process for one list. Memory is Redis’s own ' +
    'used_memory less that of the empty server, divided by the sessions.',
  async run({ profile, node, progress }) {
    const [few, many] = profile.sessions
    const server = await startRedis()
    const [contender] = await startMicro(
      [{ name: 'store-redis', module: 'store/sessions.mjs', material: { kind: 'redis', at: server.url } }],
      node,
    )
    try {
      const empty = await usedMemory(server)
      const rows: Row[] = []
      let filled = 0
      let perSession = 0
      for (const total of [few, many]) {
        progress(`${total.toLocaleString('en')} sessions`)
        await contender!.child.call('call', 'fill', filled, total)
        filled = total
        perSession = ((await usedMemory(server)) - empty) / total
        rows.push(await measureLists(contender!, total, profile.lists))
      }
      const table: Table = {
        title: 'Sessions of one user',
        reference: rows[0]!.contender,
        rows: rows.map((row) => ({ ...row, ratio: summarise([rows[0]!.p50!.median / row.p50!.median]) })),
      }
      const slower = rows[1]!.p50!.median / rows[0]!.p50!.median
      return {
        tables: [table],
        bars: [
          {
            text: `the list of one user takes no longer with ${many / few} times as many sessions (1.3 × for noise)`,
            actual: `${slower.toFixed(2)} ×`,
            reached: slower <= 1.3,
          },
          {
            text: `memory of one session with a payload of ${PAYLOAD} bytes, index included, against ${PLAIN} bytes of a plain design`,
            actual: `${perSession.toFixed(0)} bytes`,
            reached: perSession <= PLAIN * 1.3,
          },
        ],
      }
    } finally {
      await stopMicro([contender!])
      await server.stop()
    }
  },
}

export async function measureLists({ child }: MicroContender, total: number, count: number): Promise<Row> {
  const users = Math.floor(total / EACH)
  await child.call('call', 'list', count, users)
  const before = await child.call<number>('usage')
  const times = await child.call<number[]>('call', 'list', count, users)
  const cpu = (await child.call<number>('usage')) - before
  const at = (share: number) => summarise([times[Math.min(count - 1, Math.floor(count * share))]!])
  return {
    contender: `${total.toLocaleString('en')} sessions of ${users.toLocaleString('en')} users`,
    cpuMicros: summarise([cpu / count]),
    p50: at(0.5),
    p97_5: at(0.975),
    p99: at(0.99),
  }
}

export async function usedMemory({ port }: TestServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await redisCommand(port, 'INFO', 'memory')))![1])
}
