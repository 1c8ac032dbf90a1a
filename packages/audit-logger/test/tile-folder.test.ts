import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLog } from '@sallyport/audit-logger'
import { expect, it } from 'vitest'
import { codeOf, scene } from './support.ts'

// Tiles are written seldom, and not with the records: what becomes of the log when that fails in the middle of a load?
it('where tiles cannot be written, records are kept, the tree stays right, and later all of them are there', async () => {
  const { audit, env, directory } = scene({ checkpointInterval: 86_400_000 })
  await audit.record({ type: 'data.read' })
  await audit.checkpoint()
  const tiles = join(directory, 'tile')
  renameSync(tiles, `${tiles}.away`)
  writeFileSync(tiles, 'in the way')
  // More than are held in memory before they are written.
  for (let i = 0; i < 10; i++) {
    const wave = Array.from({ length: 2000 }, () => audit.record({ type: 'data.read', actor: null }))
    expect((await Promise.all(wave)).every(({ durable }) => durable)).toBe(true)
  }
  expect(await codeOf(audit.checkpoint())).toBe('ERR_AUDIT_UNAVAILABLE')
  rmSync(tiles)
  renameSync(`${tiles}.away`, tiles)
  await audit.record({ type: 'data.read' })
  await audit.checkpoint()
  expect(existsSync(join(tiles, '0', '077'))).toBe(true)
  await env.close()
  expect(await verifyLog({ directory })).toMatchObject({ ok: true, size: 20_003, problems: [] })
})
