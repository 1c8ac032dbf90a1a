import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createTestClock, type TestClock } from '@sallyport/core/testing'
import { checkRecordProof, verifyLog, type AuditLoggerOptions } from '@sallyport/audit-logger'
import { describe, expect, it } from 'vitest'
import { codeOf, refusal, scene, type Scene } from './support.ts'

const DAY = 86_400_000

async function aged(options: Partial<AuditLoggerOptions>): Promise<Scene & { clock: TestClock }> {
  const clock = createTestClock()
  const one = scene({ segmentBytes: 4096, ...options }, { clock })
  for (let day = 0; day < 50; day++) {
    await one.audit.record({
      type: day === 20 ? 'user.registered' : 'session.created',
      detail: { day, fill: 'x'.repeat(500) },
    })
    clock.set(clock.now() + DAY)
  }
  return { ...one, clock }
}

async function days({ records }: Scene): Promise<unknown[]> {
  return (await records()).filter(({ detail }) => detail?.['day'] !== undefined).map(({ detail }) => detail!['day'])
}

describe('retention', () => {
  it('deletes what is past its time, records that, and everything else can be proven still', async () => {
    const one = await aged({ retention: { days: 30 } })
    const { oldest, deletedSegments, held } = await one.audit.retain()
    expect(deletedSegments).toBeGreaterThan(1)
    expect([held, oldest <= 20, oldest > 10]).toEqual([false, true, true])
    expect(await days(one)).toEqual(Array.from({ length: 50 - oldest }, (_, i) => oldest + i))
    expect((await one.records()).at(-1)).toMatchObject({ type: 'audit.pruned', detail: { oldest, days: 30 } })
    const report = await verifyLog({ directory: one.directory })
    expect([report.problems, report.oldest]).toEqual([[], oldest])
    checkRecordProof(await one.audit.prove(oldest), (await one.source()).vkeys)
    expect(await codeOf(one.audit.prove(0))).toBe('ERR_AUDIT_NOT_FOUND')
    // And it is written on.
    await one.env.close()
    const again = scene({ directory: one.directory })
    await again.audit.record({ type: 'data.read' })
    await again.env.close()
    expect((await verifyLog({ directory: one.directory })).problems).toEqual([])
  })

  it('keeps a segment for the record in it that is to be kept longest', async () => {
    const one = await aged({ retention: { days: 10, categories: { account: 365 } } })
    const { oldest } = await one.audit.retain()
    expect(oldest).toBeLessThanOrEqual(20)
    expect(await days(one)).toContain(20)
  })

  it('deletes nothing under a legal hold, until that is lifted or ends', async () => {
    const one = await aged({ retention: { days: 5 } })
    await one.audit.hold('case-17')
    await one.audit.hold('case-18', { until: one.clock.now() + DAY })
    expect(await one.audit.retain()).toMatchObject({ deletedSegments: 0, held: true, oldest: 0 })
    await one.audit.release('case-17')
    expect(await one.audit.retain()).toMatchObject({ deletedSegments: 0, held: true })
    one.clock.set(one.clock.now() + 2 * DAY)
    expect((await one.audit.retain()).deletedSegments).toBeGreaterThan(3)
    expect(
      (await one.records())
        .filter(({ type }) => type === 'audit.hold')
        .map(({ detail }) => [detail!['name'], detail!['change']].join(' ')),
    ).toEqual(['case-17 set', 'case-18 set', 'case-17 lifted'])
  })

  it.each([false, true])(
    'compresses old segments, sealed: %s, and reads and verifies them all the same',
    async (encrypt) => {
      const one = await aged({ retention: { archiveAfter: 10 }, encrypt })
      const { archivedSegments } = await one.audit.retain()
      expect(archivedSegments).toBeGreaterThan(2)
      const names = readdirSync(join(one.directory, 'segments'))
      expect(names.filter((name) => name.endsWith('.gz'))).toHaveLength(archivedSegments)
      expect(await days(one)).toEqual(Array.from({ length: 50 }, (_, i) => i))
      await one.env.close()
      expect((await verifyLog({ directory: one.directory })).problems).toEqual([])
    },
  )

  it('refuses times that are none', () => {
    expect(refusal(() => scene({ retention: { days: 0 } }))).toContain('option `retention`')
    expect(refusal(() => scene({ retention: { categories: { sesion: 1 } } } as never))).toContain('option `retention`')
  })
})

it('records that are deleted without a word are said to be missing', async () => {
  const one = await aged({})
  await one.env.close()
  const [first] = readdirSync(join(one.directory, 'segments')).toSorted()
  rmSync(join(one.directory, 'segments', first!))
  expect((await verifyLog({ directory: one.directory })).problems.map(({ kind, index }) => [kind, index])).toEqual([
    ['removed', 0],
  ])
})
