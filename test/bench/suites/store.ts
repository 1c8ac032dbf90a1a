import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresForTests, redisForTests } from '../../servers/index.ts'
import { measureMicro, startMicro, stopMicro, type MicroEntry } from '../harness/micro.ts'
import type { Bar, Row, Table } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import type { Setting, Suite } from './suite.ts'

/** In the words of the table, and what the operation does. */
export const operations: Readonly<Record<string, string>> = {
  get: 'get: read an entry of 200 bytes',
  create: 'commit: create if absent, listed under an owner',
  renew: 'commit: replace if present',
  swap: 'commit: compare and set',
  take: 'commit: delete if present (single use)',
  increment: 'increment: a counter with a life',
  list: 'listOwned: ten entries of an owner',
  append: 'append: a record of 100 bytes, and its hint',
  read: 'readSince: ten records',
}

/** Most operations of one window: what they write stays in the server until the end. */
const MOST = 20_000

/** What ours may cost at most, as a multiple of the bare client's CPU. */
const LIMIT = 1.3

interface Subject {
  readonly title: string
  readonly reference: string
  readonly entries: readonly MicroEntry[]
}

export const store: Suite = {
  name: 'store',
  about: 'Each operation of a store against the bare client doing the same work by hand',
  timed:
    'CPU time of the client’s process (all its threads) for one operation, sixteen at a time; the server’s own time is not in it. Ours is ' +
    'the store of an environment, with its deadline and its checks. By hand is what one writes who knows the server: the same conditions, lives, lists ' +
    'and gap-free log in one script, statement or transaction each (contenders/store). Every contender has first shown that it does the work.',
  async run(setting) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    const redis = await redisForTests()
    const postgres = await postgresForTests()
    try {
      const tables: Table[] = []
      for (const subject of subjects(redis.url, postgres.url, folder)) tables.push(...(await measure(subject, setting)))
      return { tables, bars: tables.filter(isMeasured).map(barOf) }
    } finally {
      await Promise.all([redis.stop(), postgres.stop()])
      rmSync(folder, { recursive: true })
    }
  },
}

function subjects(redis: string, postgres: string, folder: string): readonly Subject[] {
  const entry = (name: string, file: string, material: object): MicroEntry => ({
    name,
    module: `store/${file}.mjs`,
    material,
  })
  return [
    {
      title: 'Redis',
      reference: 'redis 6 by hand',
      entries: [
        entry('redis 6 by hand', 'redis-by-hand', { at: redis }),
        entry('store-redis on redis 6', 'sallyport', { kind: 'redis', at: redis }),
      ],
    },
    {
      title: 'Redis, ioredis',
      reference: 'ioredis 6 by hand',
      entries: [
        entry('ioredis 6 by hand', 'ioredis-by-hand', { at: redis }),
        entry('store-redis on ioredis 6', 'sallyport', { kind: 'ioredis', at: redis }),
      ],
    },
    {
      title: 'PostgreSQL',
      reference: 'pg 8 by hand',
      entries: [
        entry('pg 8 by hand', 'postgres-by-hand', { at: postgres }),
        entry('store-postgres', 'sallyport', { kind: 'postgres', at: postgres }),
      ],
    },
    {
      title: 'SQLite',
      reference: 'node:sqlite by hand',
      entries: [
        entry('node:sqlite by hand', 'sqlite-by-hand', { at: join(folder, 'hand.db') }),
        entry('store-sqlite', 'sallyport', { kind: 'sqlite', at: join(folder, 'ours.db') }),
      ],
    },
  ]
}

async function measure({ title, reference, entries }: Subject, { profile, node, progress }: Setting): Promise<Table[]> {
  // Clients wait for a server in another process: their windows lie further apart than those of work in one.
  const often = { ...profile, repeats: profile.repeats * 4 }
  progress(`${title}: contenders`)
  const contenders = await startMicro(entries, node)
  try {
    if (contenders.some(({ unavailable }) => unavailable !== undefined)) {
      const rows = contenders.map(({ name, unavailable = 'its peer is not there' }) => ({
        contender: name,
        unavailable,
      }))
      return [{ title, reference, rows }]
    }
    for (const { name, child } of contenders) {
      const wrong = await child.call<string[]>('call', 'wrong')
      if (wrong.length > 0) throw new Error(`${name} does not do: ${wrong.join(', ')}`)
    }
    const tables: Table[] = []
    for (const [operation, about] of Object.entries(operations)) {
      progress(`${title}: ${operation}`)
      const costs = await measureMicro(contenders, operation, often, MOST)
      const rows = entries.map(({ name }): Row => {
        const own = costs.get(name)!
        return { contender: name, ratio: ratios(costs.get(reference)!, own), cpuMicros: summarise(own) }
      })
      tables.push({ title: `${title}, ${about}`, reference, rows })
    }
    return tables
  } finally {
    await stopMicro(contenders)
  }
}

function isMeasured({ rows }: Table): boolean {
  return rows.every(({ ratio }) => ratio !== undefined)
}

function barOf({ title, reference, rows }: Table): Bar {
  const ours = rows.filter(({ contender }) => contender !== reference)
  const worst = Math.max(...ours.map(({ ratio }) => 1 / ratio!.median))
  return {
    text: `${title}: at most ${LIMIT} × the CPU of the bare client`,
    actual: `${worst.toFixed(2)} ×`,
    reached: worst <= LIMIT,
  }
}
