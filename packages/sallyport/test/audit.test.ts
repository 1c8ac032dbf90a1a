import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { folderWith, sallyport } from './command.ts'

/** The folder of a log that holds some records. */
async function logged(): Promise<string> {
  const folder = folderWith({})
  const env = createEnvironment()
  const audit = auditLogger({ directory: folder, env })
  for (let i = 0; i < 3; i++) await audit.record({ type: 'app.report', detail: { year: 2020 + i } })
  await env.close()
  return folder
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}

describe('sallyport audit', () => {
  it('verifies a log that is as it was recorded, its opening included', async () => {
    const folder = await logged()
    const { code, out, err } = await sallyport(['audit', 'verify', folder])
    expect(code).toBe(0)
    expect(err).toMatch(/^Trusted were the keys that lie with the log/)
    expect(out).toMatch(/4 records, 4 of them signed: all as they were recorded/)
  })

  it('names the first record that was altered, and exits with 1', async () => {
    const folder = await logged()
    const holder = filesOf(folder).find((path) => readFileSync(path).includes('2021'))!
    writeFileSync(holder, readFileSync(holder, 'latin1').replaceAll('2021', '2031'), 'latin1')
    const { code, out, err } = await sallyport(['audit', 'verify', folder])
    expect(code).toBe(1)
    expect(out + err).toMatch(/NOT as they were recorded/)
  })

  it('says how it is used where it is not told what to do', async () => {
    const { code, err } = await sallyport(['audit'])
    expect(code).toBe(2)
    expect(err).toMatch(/give an action[^]*verify <directory>/)
  })
})
