import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import winston from 'winston'
import { eventOf } from './event.mjs'

/** winston as its documentation has it; nothing waits for the disk. */
export async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-audit-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  let files = 0
  return {
    operations: {
      record: {
        /** Every line has been written when this answers: a logger for each window, because only its end tells. */
        async run(count) {
          const filename = join(folder, `${files++}.log`)
          const transport = new winston.transports.File({ filename })
          const format = winston.format.combine(winston.format.timestamp(), winston.format.json())
          const logger = winston.createLogger({ format, transports: [transport] })
          for (let i = 0; i < count; i++) {
            if (!logger.info('data.read', eventOf(i)).writableNeedDrain) continue
            // What winston buffers without bound it loses, or ends with an error.
            await once(logger, 'drain')
          }
          const finished = once(transport, 'finish')
          logger.end()
          await finished
        },
      },
    },
  }
}
