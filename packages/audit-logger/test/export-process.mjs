// Writes a log of many records, exports it, and says how much memory that took at most. Its parent stands before it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment } from '@sallyport/core'

const { records, query } = JSON.parse(process.argv[2])
const directory = mkdtempSync(join(tmpdir(), 'sallyport-export-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const env = createEnvironment()
const audit = auditLogger({
  directory,
  origin: 'shop.example.com/audit',
  env,
  deadline: 60_000,
  segmentBytes: 2_097_152,
})
const WAVE = 5000
for (let at = 0; at < records; at += WAVE) {
  const wave = []
  for (let i = at; i < Math.min(at + WAVE, records); i++) {
    wave.push(
      audit.record({
        type: 'data.read',
        actor: { subject: `user-${i % 50}` },
        resource: { type: 'order', id: String(i) },
      }),
    )
  }
  await Promise.all(wave)
}
const used = () => {
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const before = used()
let most = before
let lines = 0
let characters = 0
for await (const piece of audit.export('csv', query)) {
  lines += piece.split('\r\n').length - 1
  characters += piece.length
  // Seldom enough that collecting is not what takes the time.
  if (Math.floor(characters / 4_000_000) !== Math.floor((characters - piece.length) / 4_000_000))
    most = Math.max(most, used())
}
await env.close()
process.send({ lines, characters, grown: most - before })
process.disconnect()
