import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderWith, sallyport } from './command.ts'

const files = { 'notes.txt': 'write to ada.lovelace@example.com\n', 'clean.txt': 'nothing of anybody\n' }

describe('sallyport pii scan', () => {
  it('says where something is and never what, and exits with 1', async () => {
    const folder = folderWith(files)
    const { code, out, err } = await sallyport(['pii', 'scan', 'notes.txt', 'clean.txt'], folder)
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/notes\.txt:1:10\s+EMAIL/)
    expect(out).not.toContain('lovelace')
  })

  it('exits with 0 where there is nothing', async () => {
    expect((await sallyport(['pii', 'scan', 'clean.txt'], folderWith(files))).code).toBe(0)
  })

  it('writes SARIF, and redacted copies', async () => {
    const folder = folderWith(files)
    const { out } = await sallyport(['pii', 'scan', 'notes.txt', '--format', 'sarif', '--fix'], folder)
    expect(JSON.parse(out)).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'EMAIL' }] }] })
    expect(readFileSync(join(folder, 'notes.redacted.txt'), 'utf8')).not.toContain('lovelace')
    expect(existsSync(join(folder, 'clean.redacted.txt'))).toBe(false)
  })

  it('says what is wrong with a file that is not there', async () => {
    const { code, err } = await sallyport(['pii', 'scan', 'gone.txt'], folderWith(files))
    expect(code).toBe(2)
    expect(err).toMatch(/gone\.txt.*cannot be read \(ENOENT\)/)
  })
})
