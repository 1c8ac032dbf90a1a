import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { checkRecordProof, mergedRecords, verifySource } from '@sallyport/audit-logger'
import { createTestClock } from '@sallyport/core/testing'
import { postgresLog } from '@sallyport/audit-logger/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { postgresForTests, type SharedServer } from '../../../test/servers/index.ts'
import { codeOf, environment, keyRing, recordsOf, refusal, scene, type Scene } from './support.ts'

let server: SharedServer
beforeAll(async () => {
  server = await postgresForTests()
})
afterAll(() => server.stop())

function pool(): pg.Pool {
  const made = new pg.Pool({ connectionString: server.url, max: 5 })
  made.on('error', () => undefined)
  onTestFinished(() => made.end())
  return made
}

function schema(): string {
  return `audit_${randomBytes(6).toString('hex')}`
}

/** One node of an app. */
function node(name: string, options = {}, environmentOptions = {}): Scene {
  return scene(
    { directory: undefined, log: postgresLog({ pool: pool(), schema: name }), ...options } as never,
    environmentOptions,
  )
}

describe('a log in PostgreSQL', () => {
  it('is one chain without gaps, however many nodes write at once', async () => {
    const name = schema()
    const nodes = [node(name), node(name), node(name)]
    const receipts = await Promise.all(
      nodes.flatMap(({ audit }, n) =>
        Array.from({ length: 100 }, (_, i) =>
          audit.record({ type: 'data.read', actor: { subject: `u${i % 5}` }, detail: { n, i } }),
        ),
      ),
    )
    const places = receipts.map(({ index }) => index).toSorted((a, b) => a - b)
    expect(places).toEqual(Array.from({ length: 300 }, (_, i) => i))
    await nodes[1]!.audit.checkpoint()
    const source = await nodes[2]!.audit.source()
    const all = await recordsOf(source)
    for (const [i, { index }] of receipts.entries())
      expect(all[index]!.detail).toEqual({ n: Math.floor(i / 100), i: i % 100 })
    // The same person has one number, whoever sealed first.
    expect(new Set(all.filter(({ actor }) => actor?.subject === 'u1').map(({ actor }) => actor!.ref)).size).toBe(1)
    expect(await verifySource(source)).toMatchObject({ ok: true, size: 300, signed: 300 })
    checkRecordProof(await nodes[0]!.audit.prove(123), source.vkeys)
  })

  it('forgets on every node at once, and proofs hold', async () => {
    const name = schema()
    const ring = keyRing()
    const [one, two] = [node(name, {}, { keyRing: ring }), node(name, {}, { keyRing: ring })]
    await one.audit.record({ type: 'data.read', actor: { subject: 'ada-lovelace' } })
    await two.audit.record({ type: 'data.read', actor: { subject: 'ada-lovelace' } })
    expect((await two.audit.forget({ subject: 'ada-lovelace' })).found).toBe(true)
    const source = await one.audit.source()
    const all = await recordsOf(source)
    expect(all.slice(0, 2).map(({ actor }) => actor!.forgotten)).toEqual([true, true])
    await one.audit.record({ type: 'data.read', actor: { subject: 'ada-lovelace' } })
    await one.audit.checkpoint()
    expect((await verifySource(source)).problems).toEqual([])
    const { rows } = await pool().query(`SELECT convert_from(entry, 'UTF8') AS entry FROM ${name}.records`)
    expect(JSON.stringify(rows)).not.toContain('ada-lovelace')
  })

  it('tells what was changed in the tables', async () => {
    const name = schema()
    const { audit } = node(name)
    for (let i = 0; i < 5; i++) await audit.record({ type: 'data.read', detail: { i } })
    const note = await audit.checkpoint()
    const db = pool()
    const problems = async () =>
      (await verifySource(await audit.source(), { checkpoints: [note] })).problems.map(({ kind, index }) => [
        kind,
        index,
      ])
    await db.query(
      `UPDATE ${name}.records SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '"i":3', '"i":7'), 'UTF8') WHERE place = 3`,
    )
    expect(await problems()).toEqual([['altered', 3]])
    await db.query(`DELETE FROM ${name}.records WHERE place = 2`)
    expect((await problems())[0]).toEqual(['removed', 2])
    await db.query(`DELETE FROM ${name}.records WHERE place >= 2`)
    expect(await problems()).toEqual([['truncated', 2]])
  })

  it('rotates its key, and keeps its records for as long as it is told to', async () => {
    const name = schema()
    const one = node(name, { retention: { days: 1 } })
    await one.audit.record({ type: 'data.read' })
    const { vkey } = await one.audit.rotateSigningKey()
    const source = await one.audit.source()
    expect(source.vkeys[0]).toBe(vkey)
    expect(await verifySource(source, { vkeys: [vkey] })).toMatchObject({ ok: true })
    expect(await one.audit.retain()).toMatchObject({ deletedSegments: 0, held: false })
  })

  it(
    'deletes what is past its time and may go, nothing under a legal hold, and the rest can be proven',
    { timeout: 120_000 },
    async () => {
      const clock = createTestClock(Date.UTC(2026, 0, 1))
      const name = schema()
      const one = node(name, { retention: { days: 30 } }, { clock })
      // What goes, goes in pieces of 65,536.
      for (let wave = 0; wave < 14; wave++) {
        await Promise.all(Array.from({ length: 5000 }, () => one.audit.record({ type: 'data.read', actor: null })))
      }
      clock.set(clock.now() + 60 * 86_400_000)
      await one.audit.hold('case-17')
      expect(await one.audit.retain()).toMatchObject({ deletedSegments: 0, held: true, oldest: 0 })
      const other = node(name, { retention: { days: 30 } }, { clock })
      expect(await other.audit.retain()).toMatchObject({ deletedSegments: 0, held: true })
      await other.audit.release('case-17')
      const { oldest, deletedSegments, held } = await one.audit.retain()
      expect([oldest, deletedSegments > 0, held]).toEqual([65_536, true, false])
      expect(await codeOf(one.audit.prove(3))).toBe('ERR_AUDIT_NOT_FOUND')
      const source = await other.audit.source()
      checkRecordProof(await other.audit.prove(69_000), source.vkeys)
      expect(await verifySource(source)).toMatchObject({ ok: true, oldest: 65_536, problems: [] })
      const last = await other.audit.search({ types: ['audit.pruned'] })
      expect(last.records[0]!.detail).toEqual({ days: 30, oldest: 65_536 })
    },
  )

  it('has a deadline: who waits for a log that another transaction holds is refused', async () => {
    const name = schema()
    const { audit } = node(name, { deadline: 1000 })
    const recorded = () =>
      expect.poll(() => codeOf(audit.record({ type: 'data.read' })), { timeout: 20_000 }).toBe('accepted')
    await recorded()
    const other = await pool().connect()
    await other.query('BEGIN')
    await other.query(`SELECT * FROM ${name}.head FOR UPDATE`)
    expect(await codeOf(audit.record({ type: 'data.read' }))).toBe('ERR_AUDIT_UNAVAILABLE')
    expect(audit.health().healthy).toBe(false)
    await other.query('COMMIT')
    other.release()
    await recorded()
    expect(audit.health().healthy).toBe(true)
  })

  it('refuses while the server is gone, without the server’s text, and goes on when it is back', async () => {
    const gone = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 200 })
    onTestFinished(() => gone.end())
    const { audit } = scene({ directory: undefined, log: postgresLog({ pool: gone }) } as never)
    const refused = await audit.record({ type: 'data.read' }).catch((thrown: unknown) => thrown as Error)
    expect(refused).toMatchObject({ code: 'ERR_AUDIT_UNAVAILABLE', status: 503 })
    expect(String(refused)).not.toContain('127.0.0.1')
  })

  it('has lost nothing that was acknowledged by a process that was killed', async () => {
    const name = schema()
    const program = fileURLToPath(new URL('postgres-process.mjs', import.meta.url))
    const child = fork(program, [server.url, name], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let said = ''
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text))
    while (said.split('\n').length < 50) await sleep(1)
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    const one = node(name)
    await one.audit.record({ type: 'data.read' })
    await one.audit.checkpoint()
    const source = await one.audit.source()
    const all = await recordsOf(source)
    for (const line of said.split('\n').slice(0, -1)) {
      const [index, word] = line.split(' ')
      expect(all[Number(index)]!.detail).toEqual({ word })
    }
    expect((await verifySource(source)).problems).toEqual([])
  })
})

it('a log is in one place', () => {
  expect(
    refusal(() =>
      scene({ directory: '/tmp/x', log: postgresLog({ pool: { connect: () => Promise.reject(new Error()) } }) }),
    ),
  ).toContain('option `log`')
  expect(refusal(() => postgresLog({} as never))).toContain('option `pool`')
})

describe('logs of several nodes', () => {
  it('are merged by time when they are read, and each verifies by itself', async () => {
    const nodes = [scene({ origin: 'shop.example.com/audit/1' }), scene({ origin: 'shop.example.com/audit/2' })]
    for (let i = 0; i < 20; i++) await nodes[i % 2]!.audit.record({ type: 'data.read', time: 1000 * i, detail: { i } })
    const sources = await Promise.all(nodes.map(({ source }) => source()))
    const found: unknown[] = []
    for await (const { log, record } of mergedRecords(sources, { order: 'oldest' }))
      found.push([log.at(-1), record.detail!['i']])
    expect(found).toEqual(Array.from({ length: 20 }, (_, i) => [String((i % 2) + 1), i]))
    const newest: unknown[] = []
    for await (const { record } of mergedRecords(sources)) newest.push(record.detail!['i'])
    expect(newest).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i))
  })
})

it('an environment that is closed closes its log', async () => {
  const env = environment()
  const { audit } = scene({ env })
  await env.close()
  expect(await codeOf(audit.record({ type: 'data.read' }))).toBe('ERR_AUDIT_CLOSED')
})
