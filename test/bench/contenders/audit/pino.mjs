import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { eventOf } from './event.mjs'

/** pino writing synchronously, the one way of it that lost no line when its process was killed; nothing waits for the disk. */
export async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-audit-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const logger = pino(pino.destination({ dest: join(folder, 'pino.log'), sync: true }))
  return {
    operations: {
      record: {
        run(count) {
          for (let i = 0; i < count; i++) logger.info(eventOf(i), 'data.read')
        },
      },
    },
  }
}
