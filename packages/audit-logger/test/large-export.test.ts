import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

/** How many records are exported: `RECORDS=10000000 vitest run packages/audit-logger/test/large-export.test.ts` is the long form. */
const RECORDS = Number(process.env['RECORDS'] ?? 150_000)

/** However many they are: a segment of two mebibytes with the objects made of it, and a piece of text. */
const MOST = 40 * 1_048_576

it.each([
  ['oldest', { order: 'oldest' }],
  ['newest', {}],
])(
  `${RECORDS} records, the %s first, are exported in bounded memory`,
  { timeout: 120_000 + RECORDS },
  async (_, query) => {
    const program = fileURLToPath(new URL('export-process.mjs', import.meta.url))
    const child = fork(program, [JSON.stringify({ records: RECORDS, query })], { execArgv: ['--expose-gc'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [{ lines, characters, grown }] = (await once(child, 'message')) as [
      { lines: number; characters: number; grown: number },
    ]
    // With the head.
    expect(lines).toBe(RECORDS + 1)
    expect(characters).toBeGreaterThan(RECORDS * 50)
    expect(grown).toBeLessThan(MOST)
  },
)
