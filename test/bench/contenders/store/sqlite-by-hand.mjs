import { randomUUID } from 'node:crypto'
import { BEHIND, LIFE, record, storeContender, value } from '../lib/store-contender.mjs'

// What somebody writes who knows SQLite: prepared statements on one connection, a transaction for each step, on the main thread.
const schema = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS entries (id TEXT PRIMARY KEY, owner TEXT, value BLOB, version TEXT, expires INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_owner ON entries (owner, id);
  CREATE TABLE IF NOT EXISTS counters (id TEXT PRIMARY KEY, n INTEGER, expires INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS generation (id TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS logs (name TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS records (log TEXT, n INTEGER, value BLOB, expires INTEGER, PRIMARY KEY (log, n)) WITHOUT ROWID;`

const sql = {
  get: 'SELECT value, version FROM entries WHERE id = ? AND expires > ?',
  create: `INSERT INTO entries VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,
    value = excluded.value, version = excluded.version, expires = excluded.expires WHERE entries.expires <= ?`,
  renew: 'UPDATE entries SET value = ?, version = ?, expires = ? WHERE id = ? AND expires > ?',
  swap: 'UPDATE entries SET value = ?, version = ?, expires = ? WHERE id = ? AND expires > ? AND version = ?',
  take: 'DELETE FROM entries WHERE id = ? AND expires > ?',
  increment: `INSERT INTO counters VALUES (?1, 1, ?2) ON CONFLICT (id) DO UPDATE SET
    n = CASE WHEN expires > ?3 THEN n ELSE 0 END + 1, expires = CASE WHEN expires > ?3 THEN expires ELSE ?2 END RETURNING n`,
  list: 'SELECT id, value, version FROM entries WHERE owner = ? AND expires > ? ORDER BY id LIMIT 100',
  head: 'INSERT INTO logs VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last',
  add: 'INSERT INTO records VALUES (?, ?, ?, ?)',
  read: `SELECT n, value, (SELECT last FROM logs WHERE name = ?1) AS last, (SELECT id FROM generation) AS generation FROM records
    WHERE log = ?1 AND n > ?2 AND expires > ?3 ORDER BY n LIMIT ?4`,
}

export const prepare = storeContender(
  () => 'sqlite',
  async ({ at }) => {
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(at)
    db.exec(schema)
    const on = Object.fromEntries(Object.entries(sql).map(([name, text]) => [name, db.prepare(text)]))
    const now = () => Date.now()
    const end = () => Date.now() + LIFE
    const write = (name, ...values) => on[name].run(...values).changes === 1
    // Each call is a promise, as in an app that may change its store some day.
    return {
      async get(id) {
        const row = on.get.get(id, now())
        return row && Buffer.from(row.value.buffer, row.value.byteOffset, row.value.byteLength)
      },
      async create(id, owner) {
        const version = randomUUID()
        return write('create', id, owner, value, version, end(), now()) ? version : undefined
      },
      renew: async (id) => write('renew', value, randomUUID(), end(), id, now()),
      swap: async (id, version) => write('swap', value, randomUUID(), end(), id, now(), version),
      take: async (id) => write('take', id, now()),
      increment: async (id) => on.increment.get(id, end(), now()).n,
      list: async (owner) => on.list.all(owner, now()).length,
      async append(log) {
        db.exec('BEGIN IMMEDIATE')
        const { last } = on.head.get(log)
        on.add.run(log, last, record, end())
        db.exec('COMMIT')
        return last
      },
      read: async (log) => on.read.all(log, 0, now(), BEHIND).length,
    }
  },
)
