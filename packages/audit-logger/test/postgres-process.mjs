// Records to a log in PostgreSQL until it is killed, and says what was acknowledged. Its parent stands before it.
import { writeSync } from 'node:fs'
import { auditLogger } from '@sallyport/audit-logger'
import { postgresLog } from '@sallyport/audit-logger/postgres'
import { createEnvironment } from '@sallyport/core'
import pg from 'pg'

const [connectionString, schema] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString, max: 3 })
const audit = auditLogger({
  log: postgresLog({ pool, schema }),
  origin: 'shop.example.com/audit',
  env: createEnvironment(),
  checkpointInterval: 20,
  deadline: 60_000,
})
for (let i = 0; ; i++) {
  const words = [`${i}a`, `${i}b`, `${i}c`]
  await Promise.all(
    words.map(async (word) => {
      const { index } = await audit.record({ type: 'data.read', detail: { word } })
      writeSync(1, `${index} ${word}\n`)
    }),
  )
}
