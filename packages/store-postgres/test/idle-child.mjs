// A pool that nobody listens to the errors of. Tells the server's processes, waits for a line, and uses the store again. Arguments: the
// server's url and the schema.
import { once } from 'node:events'
import { createPostgresStore } from '@sallyport/store-postgres'
import { Pool } from 'pg'

const [, , connectionString, schema] = process.argv
const pool = new Pool({ connectionString, max: 2 })
const store = createPostgresStore({ pool, schema })
await store.subscribe('log', () => undefined)
await Promise.all([store.generation(), store.generation()])
const { rows } = await pool.query(
  `select array_agg(pid) as pids from pg_stat_activity where query like '%' || $1 || '%' and pid <> pg_backend_pid()`,
  [schema],
)
const { rows: own } = await pool.query('select pg_backend_pid() as pid')
process.stdout.write(`${JSON.stringify([...new Set([...rows[0].pids, own[0].pid])])}\n`)

await once(process.stdin, 'data')
for (let ready = false; !ready;)
  ready = await store.generation().then(
    () => true,
    () => false,
  )
process.stdout.write('alive\n')

await once(process.stdin, 'close')
await store.close()
await pool.end()
