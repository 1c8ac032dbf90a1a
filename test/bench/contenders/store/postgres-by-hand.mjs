import pg from 'pg'
import { BEHIND, LIFE, record, storeContender, value } from '../lib/store-contender.mjs'

// What somebody writes who knows PostgreSQL: one table for each kind, one statement for each step.
const schema = `
  CREATE SCHEMA IF NOT EXISTS byhand;
  CREATE TABLE IF NOT EXISTS byhand.entries (
    id text PRIMARY KEY, owner text, value bytea NOT NULL, version uuid NOT NULL, expires timestamptz NOT NULL);
  CREATE INDEX IF NOT EXISTS entries_owner ON byhand.entries (owner, id);
  CREATE TABLE IF NOT EXISTS byhand.counters (id text PRIMARY KEY, n bigint NOT NULL, expires timestamptz NOT NULL);
  CREATE TABLE IF NOT EXISTS byhand.generation (id uuid PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS byhand.logs (name text PRIMARY KEY, last bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS byhand.records (
    log text, n bigint, value bytea NOT NULL, expires timestamptz NOT NULL, PRIMARY KEY (log, n));`

const until = (place) => `clock_timestamp() + ${place} * interval '1 millisecond'`

const sql = {
  get: 'SELECT value, version FROM byhand.entries WHERE id = $1 AND expires > clock_timestamp()',
  create: `INSERT INTO byhand.entries AS e VALUES ($1, $2, $3, gen_random_uuid(), ${until('$4::bigint')})
    ON CONFLICT (id) DO UPDATE SET owner = $2, value = $3, version = gen_random_uuid(), expires = excluded.expires
    WHERE e.expires <= clock_timestamp() RETURNING version`,
  renew: `UPDATE byhand.entries SET value = $2, version = gen_random_uuid(), expires = ${until('$3::bigint')}
    WHERE id = $1 AND expires > clock_timestamp() RETURNING version`,
  swap: `UPDATE byhand.entries SET value = $2, version = gen_random_uuid(), expires = ${until('$3::bigint')}
    WHERE id = $1 AND version = $4 AND expires > clock_timestamp() RETURNING version`,
  take: 'DELETE FROM byhand.entries WHERE id = $1 AND expires > clock_timestamp()',
  increment: `INSERT INTO byhand.counters AS c VALUES ($1, 1, ${until('$2::bigint')})
    ON CONFLICT (id) DO UPDATE SET n = CASE WHEN c.expires > clock_timestamp() THEN c.n ELSE 0 END + 1,
      expires = CASE WHEN c.expires > clock_timestamp() THEN c.expires ELSE excluded.expires END
    RETURNING n`,
  list: `SELECT id, value, version FROM byhand.entries WHERE owner = $1 AND expires > clock_timestamp()
    ORDER BY id LIMIT 100`,
  append: `WITH head AS (
      INSERT INTO byhand.logs AS l VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET last = l.last + 1 RETURNING last),
    told AS (SELECT pg_notify('byhand', $1)),
    added AS (INSERT INTO byhand.records SELECT $1, last, $2, ${until('$3::bigint')} FROM head RETURNING n)
    SELECT n FROM added, told`,
  read: `SELECT n, value, (SELECT last FROM byhand.logs WHERE name = $1) AS last,
    (SELECT id FROM byhand.generation) AS generation FROM byhand.records
    WHERE log = $1 AND n > $2 AND expires > clock_timestamp() ORDER BY n LIMIT $3`,
}

export const prepare = storeContender(
  () => 'postgres',
  async ({ at }) => {
    const pool = new pg.Pool({ connectionString: at, max: 4, pipeline: true }).on('error', () => {})
    await pool.query(schema)
    const ask = (name, ...values) => pool.query(sql[name], values)
    return {
      get: async (id) => (await ask('get', id)).rows[0]?.value,
      create: async (id, owner) => (await ask('create', id, owner, value, LIFE)).rows[0]?.version,
      renew: async (id) => (await ask('renew', id, value, LIFE)).rowCount === 1,
      swap: async (id, version) => (await ask('swap', id, value, LIFE, version)).rowCount === 1,
      take: async (id) => (await ask('take', id)).rowCount === 1,
      increment: async (id) => Number((await ask('increment', id, LIFE)).rows[0].n),
      list: async (owner) => (await ask('list', owner)).rows.length,
      append: async (log) => Number((await ask('append', log, record, LIFE)).rows[0].n),
      read: async (log) =>
        (await ask('read', log, 0, BEHIND)).rows.map(({ n, value }) => ({ index: Number(n), value })).length,
    }
  },
)
