import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLogger, checkpointsToStore, verifyLog } from '@sallyport/audit-logger'
import { createEnvironment, type Store } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { everyStore } from './stores.ts'

async function keptIn(store: Store): Promise<string[]> {
  const { records } = await store.readSince('sallyport.audit-checkpoints', 0)
  return records.map(({ value }) => new TextDecoder().decode(value))
}

describe.each(everyStore)('checkpoints in $name', ({ serve }) => {
  let server: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server.stop())

  it('are there when the app has ended, and tell that its log was replaced by another one', async () => {
    const home = await server.home()
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const directory = join(folder, 'log')
    const write = async (): Promise<void> => {
      const env = createEnvironment()
      const audit = auditLogger({
        directory,
        origin: 'shop.example.com/audit',
        env,
        deadline: 60_000,
        checkpointTo: [checkpointsToStore(home.connect())],
      })
      for (let i = 0; i < 10; i++) await audit.record({ type: 'data.read' })
      await env.close()
    }
    await write()
    const kept = await keptIn(home.connect())
    expect(kept.length).toBeGreaterThanOrEqual(1)
    expect((await verifyLog({ directory, checkpoints: kept })).problems).toEqual([])

    rmSync(directory, { recursive: true })
    await write()
    const { ok, problems } = await verifyLog({ directory, checkpoints: kept })
    // Signed by a key that the log in this place never had.
    expect([ok, ...new Set(problems.map(({ kind }) => kind))]).toEqual([false, 'forged-checkpoint'])
  })
})
