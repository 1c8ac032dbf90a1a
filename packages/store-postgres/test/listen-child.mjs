// Subscribes, says so, and has nothing else to do. Arguments: the server's url and the schema.
import { createPostgresStore } from '@sallyport/store-postgres'
import { Pool } from 'pg'

const [, , connectionString, schema] = process.argv
const store = createPostgresStore({ pool: new Pool({ connectionString, allowExitOnIdle: true }), schema })
await store.generation()
await store.subscribe('log', () => undefined)
process.stdout.write('listening\n')
