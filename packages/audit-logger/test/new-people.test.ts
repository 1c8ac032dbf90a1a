import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLog } from '@sallyport/audit-logger'
import { expect, it } from 'vitest'
import { everythingIn, scene } from './support.ts'

const journalOf = (directory: string): string => join(directory, 'people', 'new')

it('a thousand persons who are new are recorded together, and each can be forgotten', async () => {
  const { audit, records, directory } = scene()
  const receipts = Array.from({ length: 1000 }, (_, i) =>
    audit.record({ type: 'auth.login', actor: { subject: `u${i}` } }),
  )
  expect((await Promise.all(receipts)).every(({ durable }) => durable)).toBe(true)
  expect((await audit.forget({ subject: 'u7' })).found).toBe(true)
  const actors = (await records()).slice(0, 1000).map(({ actor }) => actor?.subject)
  expect(actors.filter((subject) => subject !== undefined)).toHaveLength(999)
  expect(actors[7]).toBeUndefined()
  expect(existsSync(journalOf(directory))).toBe(false)
})

it('keys outlive a machine that ended before it wrote their files', async () => {
  const first = scene()
  for (const subject of ['ada', 'bob']) await first.audit.record({ type: 'data.read', actor: { subject } })
  await first.env.close()
  // What had not reached the disk of its own is gone, or was cut short; of the journal the last line is.
  const people = join(first.directory, 'people')
  rmSync(join(people, 'numbers'), { recursive: true })
  for (const folder of readdirSync(join(people, 'keys'))) {
    for (const name of readdirSync(join(people, 'keys', folder))) writeFileSync(join(people, 'keys', folder, name), '')
  }
  writeFileSync(journalOf(first.directory), '0123', { flag: 'a' })
  const again = scene({ directory: first.directory })
  await again.audit.record({ type: 'data.read', actor: { subject: 'ada' } })
  const all = await again.records()
  expect(all.filter(({ type }) => type === 'data.read').map(({ actor }) => actor?.subject)).toEqual([
    'ada',
    'bob',
    'ada',
  ])
  await again.env.close()
  expect((await verifyLog({ directory: first.directory })).problems).toEqual([])
})

it('whoever is forgotten is not brought back by what an earlier writer left', async () => {
  const first = scene()
  await first.audit.record({ type: 'data.read', actor: { subject: 'ada' } })
  await first.env.close()
  const journal = readFileSync(journalOf(first.directory), 'latin1')
  const [, , key] = journal.trim().split(' ')
  const again = scene({ directory: first.directory })
  expect((await again.audit.forget({ subject: 'ada' })).found).toBe(true)
  await again.env.close()
  expect(everythingIn(first.directory)).not.toContain(key)
  const third = scene({ directory: first.directory })
  await third.audit.record({ type: 'data.read' })
  expect((await third.records())[0]!.actor).toMatchObject({ forgotten: true })
})
