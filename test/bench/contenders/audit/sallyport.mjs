import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLogger, verifyLog } from '@sallyport/audit-logger'
import { createEnvironment } from '@sallyport/core'
import { eventOf } from './event.mjs'
import { loopDelay } from './loop-delay.mjs'

/** Events that are on their way at once. */
const AT_ONCE = 5000

export async function prepare({ actor }) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-audit-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const env = createEnvironment()
  const audit = auditLogger({ directory: folder, origin: 'bench.example/audit', env, deadline: 600_000 })
  const event = (i) => ({
    type: 'data.read',
    ...eventOf(i),
    ...(actor ? { actor: { subject: `u${i % 100}` } } : { actor: null }),
  })
  const { index } = await audit.record(event(0))
  if (index !== 0) throw new Error('the first record is not the first')

  /** Every one is on the disk when this answers. */
  async function record(count) {
    let wave = []
    for (let i = 0; i < count; i++) {
      wave.push(audit.record(event(i)))
      if (wave.length === AT_ONCE) {
        await Promise.all(wave)
        wave = []
      }
    }
    await Promise.all(wave)
  }

  return {
    operations: { record: { run: record } },
    calls: {
      async delay(how) {
        const found = await loopDelay((i) => void audit.record(event(i)), how)
        await audit.flush()
        return found
      },
      /** CPU seconds of verifying a log of so many records. */
      async verify(count) {
        await record(count)
        await audit.checkpoint()
        const before = process.cpuUsage()
        const { ok, size } = await verifyLog({ directory: folder })
        const { user, system } = process.cpuUsage(before)
        if (!ok) throw new Error('the log does not verify')
        return { seconds: (user + system) / 1e6, size }
      },
      record,
    },
  }
}
