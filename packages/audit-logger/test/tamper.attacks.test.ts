import { generateKeyPairSync } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { readLog, signNote, verifyLog } from '@sallyport/audit-logger'
import { describe, expect, it } from 'vitest'
import { codeOf, refusal, scene, segmentsIn, tempFolder, type Scene } from './support.ts'

/** A closed log of 700 records. */
async function written(
  directory = join(tempFolder(), 'log'),
  word = 'order',
): Promise<{ scene: Scene; note: string; vkeys: readonly string[] }> {
  const one = scene({ directory, ignore: ['health.*'] })
  for (let batch = 0; batch < 7; batch++) {
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        one.audit.record({ type: 'data.read', resource: { type: word, id: String(batch * 100 + i) } }),
      ),
    )
  }
  const note = await one.audit.checkpoint()
  await one.env.close()
  return { scene: one, note, vkeys: (await one.source()).vkeys }
}

/** Changes lines of the only segment, with the batches' sums made right again, as whoever knows the format would. */
function rewrite(directory: string, change: (records: string[]) => void): void {
  const [segment] = segmentsIn(directory)
  const records = readFileSync(segment!, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
  change(records)
  const body = records.map((line) => `${line}\n`).join('')
  writeFileSync(segment!, `${body}#${records.length} ${crc32(body).toString(16).padStart(8, '0')}\n`)
}

async function problemsOf(
  directory: string,
  more: object = {},
): Promise<readonly (readonly [string, number | undefined])[]> {
  const { ok, problems } = await verifyLog({ directory, ...more })
  expect(ok).toBe(problems.length === 0)
  return problems.map(({ kind, index }) => [kind, index] as const)
}

describe('whoever can have the app record something', () => {
  it('cannot record that old records were deleted, or that a hold was lifted', async () => {
    const { audit, directory } = scene()
    let ran = 0
    for (const type of ['audit.pruned', 'audit.hold']) {
      expect(await codeOf(audit.record({ type, detail: { oldest: 100, name: 'case-17', change: 'lifted' } }))).toBe(
        'ERR_AUDIT_EVENT',
      )
      expect(await codeOf(audit.around({ type }, () => ran++))).toBe('ERR_AUDIT_EVENT')
      expect(refusal(() => audit.action(type))).toMatch(/^ERR_AUDIT_EVENT/)
    }
    expect([ran, existsSync(join(directory, 'segments'))]).toEqual([0, false])
  })
})

describe('whoever can write to the disk', () => {
  it('cannot make a search or an export pass over records in silence', async () => {
    const one = scene({ segmentBytes: 4096 })
    for (let i = 0; i < 40; i++) await one.audit.record({ type: 'data.read', detail: { i, fill: 'x'.repeat(300) } })
    const [, second] = segmentsIn(one.directory)
    const whole = readFileSync(second!, 'utf8')
    // A whole batch less, or only a part of one.
    const batch = whole.indexOf('\n', whole.indexOf('\n#')) + 1
    for (const cut of [whole.slice(batch), whole.slice(0, -5), '']) {
      writeFileSync(second!, cut)
      expect(await codeOf(one.audit.search({}, { limit: 1000 }))).toBe('ERR_AUDIT_DAMAGED')
      const exported = async () => {
        for await (const _ of one.audit.export('csv', { order: 'oldest' })) void _
      }
      expect(await codeOf(exported())).toBe('ERR_AUDIT_DAMAGED')
    }
  })

  it('is not told on where nobody changed anything', async () => {
    const { scene: log, note, vkeys } = await written()
    expect(await verifyLog({ directory: log.directory, vkeys, checkpoints: [note] })).toEqual({
      ok: true,
      origin: 'shop.example.com/audit',
      size: 701,
      oldest: 0,
      signed: 701,
      problems: [],
    })
  })

  it('cannot flip a bit', async () => {
    const { scene: log } = await written()
    const [segment] = segmentsIn(log.directory)
    const bytes = readFileSync(segment!)
    const at = bytes.indexOf('"id":"321"')
    bytes[at + 6] = bytes[at + 6]! ^ 1
    writeFileSync(segment!, bytes)
    expect(await problemsOf(log.directory)).toEqual([['altered', 321]])
  })

  it('cannot alter a record, also with the batch’s sum made right', async () => {
    const { scene: log } = await written()
    rewrite(log.directory, (records) => (records[500] = records[500]!.replace('"500"', '"999"')))
    expect(await problemsOf(log.directory)).toEqual([['altered', 500]])
  })

  it('cannot remove a record', async () => {
    const { scene: log } = await written()
    rewrite(log.directory, (records) => void records.splice(123, 1))
    expect(await problemsOf(log.directory)).toEqual([['removed', 123]])
  })

  it('cannot insert a record', async () => {
    const { scene: log } = await written()
    rewrite(log.directory, (records) => void records.splice(44, 0, records[3]!))
    expect(await problemsOf(log.directory)).toEqual([['inserted', 44]])
  })

  it('cannot exchange two records', async () => {
    const { scene: log } = await written()
    rewrite(log.directory, (records) => void records.splice(10, 2, records[11]!, records[10]!))
    expect(await problemsOf(log.directory)).toEqual([['reordered', 10]])
  })

  it('cannot cut off the end, also with the checkpoint of that time put back', async () => {
    const { scene: log, note } = await written()
    const early = join(tempFolder(), 'early')
    const short = scene({ directory: log.directory })
    await short.env.close()
    cpSync(log.directory, early, { recursive: true })
    rewrite(log.directory, (records) => void records.splice(600))
    expect(await problemsOf(log.directory)).toEqual([['truncated', 600]])
    rmSync(join(log.directory, 'checkpoint'))
    expect(await problemsOf(log.directory, { checkpoints: [note] })).toContainEqual(['truncated', 600])
  })

  it('cannot replace the whole log with one signed by another key', async () => {
    const { scene: log, note, vkeys } = await written()
    rmSync(log.directory, { recursive: true })
    await written(log.directory, 'other')
    expect(await problemsOf(log.directory, { vkeys, checkpoints: [note] })).toContainEqual([
      'forged-checkpoint',
      undefined,
    ])
  })

  it('cannot rewrite the whole log with the log’s own key, once a checkpoint was kept elsewhere', async () => {
    const { scene: log, note, vkeys } = await written()
    // Everything but the keys goes, and is made anew by who has them.
    for (const name of ['segments', 'tile', 'checkpoint']) rmSync(join(log.directory, name), { recursive: true })
    await written(log.directory, 'other')
    expect(await problemsOf(log.directory, { vkeys })).toEqual([])
    expect(await problemsOf(log.directory, { vkeys, checkpoints: [note] })).toEqual([['replaced', undefined]])
  })

  it('cannot forge a checkpoint', async () => {
    const { scene: log, note, vkeys } = await written()
    const forged = note.replace('\n700\n', '\n650\n')
    writeFileSync(join(log.directory, 'checkpoint'), forged)
    expect(await problemsOf(log.directory, { vkeys })).toEqual([['forged-checkpoint', undefined]])
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(
      join(log.directory, 'checkpoint'),
      signNote(note.slice(0, note.indexOf('\n\n') + 1), [{ name: 'shop.example.com/audit', privateKey }]),
    )
    expect(await problemsOf(log.directory, { vkeys })).toEqual([['forged-checkpoint', undefined]])
  })

  it('cannot change a tile unseen', async () => {
    const { scene: log } = await written()
    const tile = join(log.directory, 'tile/0/001')
    const bytes = readFileSync(tile)
    bytes[40] = bytes[40]! ^ 1
    writeFileSync(tile, bytes)
    expect(await problemsOf(log.directory)).toEqual([['tile', undefined]])
  })

  it('cannot have the writer go on after records that are not those that were signed', async () => {
    const { scene: log } = await written()
    const [segment] = segmentsIn(log.directory)
    truncateSync(segment!, 2000)
    const again = scene({ directory: log.directory })
    expect(await codeOf(again.audit.record({ type: 'data.read' }))).toBe('ERR_AUDIT_DAMAGED')
    // Nothing was cut: what is left is evidence.
    expect(readFileSync(segment!).byteLength).toBe(2000)
  })

  it('cannot have the writer cut off a batch that was changed in the middle', async () => {
    const { scene: log } = await written()
    const [segment] = segmentsIn(log.directory)
    const bytes = readFileSync(segment!)
    bytes[100] = bytes[100]! ^ 1
    writeFileSync(segment!, bytes)
    expect(await codeOf(scene({ directory: log.directory }).audit.record({ type: 'data.read' }))).toBe(
      'ERR_AUDIT_DAMAGED',
    )
    const reading = async () => {
      for await (const _ of (await readLog({ directory: log.directory })).entries(0));
    }
    expect(await codeOf(reading())).toBe('ERR_AUDIT_DAMAGED')
  })
})
