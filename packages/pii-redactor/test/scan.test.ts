import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createEnvironment } from '@sallyport/core'
import { formatFindings, scanFiles } from '@sallyport/pii-redactor/scan'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { piiRedactor } from '@sallyport/pii-redactor'

const pii = piiRedactor({ env: createEnvironment() })
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pii-'))
  await writeFile(join(folder, 'a.txt'), 'first\nmail ada@example.com\n\nkey AKIAIOSFODNN7EXAMPLE\n')
  await writeFile(join(folder, 'b.bin'), Buffer.from([0, 1, 2]))
  await writeFile(join(folder, 'c.txt'), 'nothing')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a scan', () => {
  it('says where what is and never what, and writes copies', async () => {
    const files = ['a.txt', 'b.bin', 'c.txt'].map((name) => join(folder, name))
    let done = 0
    const report = await scanFiles(pii, files, { fix: true, onProgress: (bytes) => (done = bytes) })
    expect(report.findings.map(({ line, column, length, entity }) => [line, column, length, entity])).toEqual([
      [2, 6, 15, 'EMAIL'],
      [4, 5, 20, 'SECRET'],
    ])
    expect(report).toMatchObject({
      counts: { EMAIL: 1, SECRET: 1 },
      files: 3,
      skipped: [files[1]],
      written: [join(folder, 'a.redacted.txt')],
    })
    expect(done).toBe(report.bytes)
    expect(await readFile(join(folder, 'a.redacted.txt'), 'utf8')).toBe('first\nmail [EMAIL]\n\nkey [SECRET]\n')
    for (const format of ['table', 'json', 'sarif'] as const)
      expect(formatFindings(report, format)).not.toMatch(/ada@|AKIA/)
    expect(formatFindings(report, 'table')).toMatch(/a\.txt:2:6 +EMAIL +0\.95/)
    expect(JSON.parse(formatFindings(report, 'sarif'))).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          results: [
            { ruleId: 'EMAIL', level: 'warning' },
            { ruleId: 'SECRET', level: 'error' },
          ],
        },
      ],
    })
    // A copy that is there is somebody's.
    await expect(scanFiles(pii, files, { fix: true })).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('reads standard input', async () => {
    const report = await scanFiles(pii, ['-'], {
      stdin: Readable.from([Buffer.from('x ada@exam'), Buffer.from('ple.com')]),
    })
    expect(report.findings).toMatchObject([{ file: '-', line: 1, column: 3, entity: 'EMAIL' }])
  })
})
