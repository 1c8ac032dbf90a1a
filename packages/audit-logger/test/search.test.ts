import { writeFileSync } from 'node:fs'
import { createTestClock } from '@sallyport/core/testing'
import { exportForms, type AuditQuery, type ExportFormat } from '@sallyport/audit-logger'
import { describe, expect, it } from 'vitest'
import { codeOf, scene, segmentsIn, type Scene } from './support.ts'

const start = Date.UTC(2026, 0, 1)

async function written(): Promise<Scene> {
  const clock = createTestClock(start)
  const one = scene({ segmentBytes: 4096 }, { clock })
  for (let i = 0; i < 60; i++) {
    await one.audit.record({
      type: i % 2 ? 'data.read' : 'data.updated',
      time: start + i * 1000,
      outcome: i % 5 === 0 ? 'denied' : 'success',
      actor: { subject: `user-${i % 3}`, tenant: i < 30 ? 'acme' : 'other' },
      ...(i % 4 === 0 && { about: { subject: 'patient' } }),
      resource: { type: 'order', id: String(i) },
      detail: { note: i === 17 ? 'The quick Fox' : 'nothing' },
    })
  }
  return one
}

async function found(one: Scene, query: AuditQuery): Promise<number[]> {
  return (await one.audit.search(query, { limit: 1000 })).records.map(({ index }) => index)
}

describe('search', () => {
  it('finds by time, type, outcome, actor, person, tenant, resource and text, the newest first', async () => {
    const one = await written()
    const all = Array.from({ length: 60 }, (_, i) => i).toReversed()
    for (let again = 0; again < 2; again++) {
      expect(await found(one, {})).toEqual(all)
      expect(await found(one, { order: 'oldest' })).toEqual(all.toReversed())
      expect(await found(one, { from: start + 10_000, to: start + 13_000 })).toEqual([12, 11, 10])
      expect(await found(one, { types: ['data.read'] })).toEqual(all.filter((i) => i % 2 === 1))
      expect(await found(one, { types: ['data.*'], outcome: 'denied' })).toEqual(all.filter((i) => i % 5 === 0))
      expect(await found(one, { types: ['auth.*'] })).toEqual([])
      expect(await found(one, { actor: { subject: 'user-1', tenant: 'acme' } })).toEqual(
        all.filter((i) => i % 3 === 1 && i < 30),
      )
      expect(await found(one, { person: { subject: 'patient' } })).toEqual(all.filter((i) => i % 4 === 0))
      expect(await found(one, { actor: { subject: 'nobody' } })).toEqual([])
      expect(await found(one, { tenant: 'other' })).toEqual(all.filter((i) => i >= 30))
      expect(await found(one, { resource: { type: 'order', id: '7' } })).toEqual([7])
      expect(await found(one, { text: 'quick fox' })).toEqual([17])
    }
  })

  it('does not read again the parts of the log in which a person is not', async () => {
    const one = scene({ segmentBytes: 4096 })
    for (let i = 0; i < 60; i++) {
      const subject = i === 3 ? 'early' : i === 57 ? 'late' : `user-${i}`
      await one.audit.record({ type: 'data.read', actor: { subject }, detail: { i, fill: 'x'.repeat(300) } })
    }
    for (let again = 0; again < 2; again++) {
      for (const [subject, at] of [
        ['early', 3],
        ['late', 57],
        ['user-30', 30],
      ] as const) {
        expect(await found(one, { person: { subject } })).toEqual([at])
        expect(await found(one, { actor: { subject } })).toEqual([at])
      }
    }
    // What is in the way of reading a part is noticed by who reads it.
    const [first] = segmentsIn(one.directory)
    writeFileSync(first!, 'no longer a log\n')
    expect(await found(one, { person: { subject: 'late' } })).toEqual([57])
    expect(await codeOf(one.audit.search({ person: { subject: 'early' } }))).toBe('ERR_AUDIT_DAMAGED')
  })

  it('gives pages that neither repeat nor leave out, also while records come', async () => {
    const one = await written()
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = await one.audit.search(
        { types: ['data.read'] },
        { limit: 7, ...(cursor !== undefined && { cursor }) },
      )
      seen.push(...page.records.map(({ index }) => index))
      cursor = page.cursor
      await one.audit.record({ type: 'data.read' })
    } while (cursor !== undefined)
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => 59 - 2 * i))
  })

  it('refuses queries and cursors that are none', async () => {
    const one = scene()
    await one.audit.record({ type: 'data.read' })
    expect(await codeOf(one.audit.search({ typ: ['x'] } as never))).toBe('ERR_OPTION')
    expect(await codeOf(one.audit.search({}, { cursor: 'xyz' }))).toBe('ERR_AUDIT_NOT_FOUND')
  })
})

async function exportedAs(one: Scene, format: ExportFormat): Promise<string> {
  let text = ''
  for await (const piece of one.audit.export(format, { order: 'oldest' })) text += piece
  return text
}

async function hostile(): Promise<Scene> {
  const one = scene({}, { clock: createTestClock(start) })
  await one.audit.record({
    type: 'data.read',
    reason: 'line\nbreak',
    actor: { subject: '=HYPERLINK("http://evil.example","x")' },
    resource: { type: 'or|der=1', id: '@SUM(1)\r\n0,forged' },
    detail: { a: 'x\u2028y\u202ez\u0000' },
  })
  return one
}

describe('export', () => {
  it('as CSV has no cell that is a formula (ASVS 1.2.10), and one line for each record', async () => {
    const lines = (await exportedAs(await hostile(), 'csv')).split('\r\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe(
      'index,time,type,outcome,reason,tenant,actor,actorIssuer,onBehalfBy,about,resourceType,resourceId,address,agent,method,path,requestId,traceId,detail',
    )
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`)
    expect(lines[1]).toContain(`"'@SUM(1)\\r\\n0,forged"`)
  })

  it.each(Object.keys(exportForms) as ExportFormat[])(
    'as %s cannot be made to hold a line that was not recorded',
    async (format) => {
      const text = await exportedAs(await hostile(), format)
      const lines = text.split(/[\n\u2028\u2029\u0085]/).filter((line) => line.trim() !== '')
      expect(lines).toHaveLength(format === 'csv' ? 2 : 1)
      expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202e]/)
    },
  )

  it('as CEF escapes bars in the head, and equals signs and line breaks in fields', async () => {
    const line = await exportedAs(await hostile(), 'cef')
    expect(line).toMatch(
      /^CEF:0\|Sallyport\|audit-logger\|1\|data\.read\|Data read\|2\|rt=1767225600000 outcome=success reason=line\\nbreak suser=\\=HYPER/,
    )
    expect(line).toContain('cs1Label=resource (or|der\\=1)')
  })

  it('as syslog is RFC 5424, with structured data that is escaped', async () => {
    const line = await exportedAs(await hostile(), 'syslog')
    expect(line).toMatch(
      /^<110>1 2026-01-01T00:00:00\.000Z \S+ sallyport - data\.read \[audit@32473 index="0" outcome="success" reason="line\\\\u000abreak" /,
    )
    expect(line).toContain('actor="=HYPERLINK(\\"http://evil.example\\",\\"x\\")"')
  })

  it('as JSON Lines is what search answers', async () => {
    const one = await hostile()
    const { records } = await one.audit.search()
    expect(JSON.parse(await exportedAs(one, 'jsonl'))).toEqual(JSON.parse(JSON.stringify(records[0])))
  })

  it('as ECS and OCSF has the names of those', async () => {
    const one = scene({}, { clock: createTestClock(start) })
    await one.audit.authAttempt({
      method: 'password',
      success: false,
      account: { subject: 'ada' },
      reason: 'wrong-password',
    })
    expect(JSON.parse(await exportedAs(one, 'ecs'))).toMatchObject({
      '@timestamp': '2026-01-01T00:00:00.000Z',
      event: {
        kind: 'event',
        category: ['authentication'],
        type: ['start'],
        action: 'auth.login.password',
        outcome: 'failure',
        reason: 'wrong-password',
      },
    })
    expect(JSON.parse(await exportedAs(one, 'ocsf'))).toMatchObject({
      metadata: { version: '1.5.0' },
      class_uid: 3002,
      category_uid: 3,
      activity_id: 1,
      type_uid: 300_201,
      severity_id: 3,
      status_id: 2,
      user: { uid: 'ada' },
    })
  })

  it('gives piece by piece, and may be ended after the first', async () => {
    const one = await written()
    const pieces = one.audit.export('jsonl')
    const first = await pieces.next()
    expect(first.done).toBe(false)
    await pieces.return(undefined)
  })
})
