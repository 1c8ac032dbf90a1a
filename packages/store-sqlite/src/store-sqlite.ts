import { resolve } from 'node:path'
import { coreError, systemClock, type Change, type Store } from '@sallyport/core'
import { defineStore } from '@sallyport/core/store'
import { Connection } from './connection.ts'
import { Hints } from './hints.ts'
import type { Step } from './messages.ts'
import { nodeSqlite } from './node-sqlite.ts'
import { checkSqliteStoreOptions, type SqliteStoreOptions } from './options.ts'
import { after as leastAfter, spell } from './spelling.ts'
import { keepUp, sweep } from './upkeep.ts'

/**
 * State in one SQLite file, through Node's own SQLite: survives the end of the process and of the machine, and is shared by all
 * processes of the machine that name the same file.
 *
 * What is acknowledged is on the disk. Neither the disk nor another process's write lock ever holds up the app's event loop: writing is
 * done by a thread, which takes all that waits into one transaction. The file is opened at the first call.
 * @throws SecurityError ERR_OPTION for a wrong option, and on a Node without `node:sqlite`: it takes 22.13 or later
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  checkSqliteStoreOptions(options)
  const sqlite = nodeSqlite()
  if (sqlite === undefined) {
    throw coreError('ERR_OPTION', {
      message: `createSqliteStore: takes Node 22.13 or later, which has node:sqlite; this is Node ${process.versions.node}`,
    })
  }
  const clock = options.clock ?? systemClock
  const connection = new Connection(sqlite, resolve(options.path), clock)
  const { writer } = connection
  const hints = new Hints(connection, clock)
  const endUpkeep = keepUp(writer, clock)

  return defineStore({
    kind: 'sqlite',
    durable: true,

    async generation() {
      const { generation, since } = await connection.birth()
      return { id: generation, since }
    },

    async get({ partition, id }) {
      const question = { do: 'get', partition: spell(partition), id: spell(id) } as const
      return (connection.read(question) ?? (await connection.ask(question))).answer
    },

    commit: (partition, changes) =>
      writer.submit({ do: 'commit', partition: spell(partition), steps: changes.map(stepOf) }),

    increment: ({ partition, id }, by, ttl) =>
      writer.submit({ do: 'increment', partition: spell(partition), id: spell(id), by, ttl }),

    async listOwned(partition, owner, after, limit) {
      const from = after === undefined ? '' : leastAfter(after)
      const question = { do: 'list', partition: spell(partition), owner: spell(owner), from, limit } as const
      return (connection.read(question) ?? (await connection.ask(question))).answer
    },

    async append(log, value, ttl) {
      const name = spell(log)
      const index = await writer.submit({ do: 'append', log: name, value: copyOf(value), ttl })
      hints.appended(name, index)
      return index
    },

    async readSince(log, after, limit) {
      const question = { do: 'read', log: spell(log), after, limit } as const
      const { answer, generation } = connection.read(question) ?? (await connection.ask(question))
      return { generation, ...answer }
    },

    async subscribe(log, onHint) {
      await connection.birth()
      return hints.follow(spell(log), onHint)
    },

    cleanup: () => sweep(writer),

    async close() {
      endUpkeep()
      hints.clear()
      await connection.close()
    },
  })
}

function stepOf(change: Change): Step {
  const condition = change.if
  const present = typeof condition === 'object' ? ({ if: 'present', version: condition.version } as const) : undefined
  const when = present ?? (condition === undefined ? undefined : { if: condition as 'absent' | 'present' })
  if (!('put' in change)) return { id: spell(change.delete), ...when }
  const { ttl, owner } = change
  const put = { value: copyOf(change.value), ttl, ...(owner !== undefined && { owner: spell(owner) }) }
  return { id: spell(change.put), put, ...when }
}

/** The caller keeps its own; and of a view into a large memory a message would carry all of it. */
function copyOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(value)
}
