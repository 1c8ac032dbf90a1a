import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import { environment, recordsOf, scene, tempFolder } from './support.ts'
import { readLog } from '@sallyport/audit-logger'

const look = ['authn.accepted', { by: 'jwtAuth', credential: 'bearer' }] as const

it('what nobody waits for gathers for a moment, and is written with the first record that is waited for', async () => {
  const clock = createTestClock()
  const env = environment({ clock })
  const { audit } = scene({ env, asyncDelay: 1000 })
  for (let i = 0; i < 5; i++) await env.publish(...look)
  expect(audit.health().waiting).toBe(5)
  expect(await audit.record({ type: 'data.read' })).toEqual({ index: 5, durable: true })
  expect(audit.health().waiting).toBe(0)
})

it('is written when its moment is over, when many have gathered, and when somebody reads the log', async () => {
  const clock = createTestClock()
  const env = environment({ clock })
  const { audit } = scene({ env, asyncDelay: 1000, maxWaiting: 100 })
  const written: number[] = []
  audit.onRecord(({ index }) => void written.push(index))
  const seen = async (count: number) => expect.poll(() => written.length, { timeout: 20_000 }).toBe(count)
  await env.publish(...look)
  await clock.advance(1000)
  await seen(1)
  for (let i = 0; i < 50; i++) await env.publish(...look)
  await seen(51)
  await env.publish(...look)
  expect((await audit.search({}, { limit: 1000 })).records).toHaveLength(52)
})

it('is written before a process ends that has nothing else to do', async () => {
  const directory = join(tempFolder(), 'log')
  const program = `
    import { auditLogger } from '@sallyport/audit-logger'
    import { createEnvironment } from '@sallyport/core'
    const env = createEnvironment()
    auditLogger({ directory: ${JSON.stringify(directory)}, origin: 'shop.example.com/audit', env, asyncDelay: 60_000 })
    await env.publish('authn.accepted', { by: 'jwtAuth', credential: 'bearer' })`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect([stderr, status]).toEqual(['', 0])
  const records = await recordsOf(await readLog({ directory }))
  expect(records.map(({ type }) => type)).toEqual(['authn.accepted'])
})
