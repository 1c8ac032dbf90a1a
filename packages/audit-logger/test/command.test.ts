import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runAuditCommand } from '@sallyport/audit-logger/command'
import { expect, it } from 'vitest'
import { scene, segmentsIn, tempFolder } from './support.ts'

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runAuditCommand(words, { out: (text) => void (out += text), err: (text) => void (err += text) })
  return { code, out, err }
}

async function written(): Promise<{ directory: string; vkey: string }> {
  const { audit, env, directory, source } = scene()
  for (let i = 0; i < 5; i++) await audit.record({ type: 'data.read', actor: { subject: 'ada' }, detail: { i } })
  await env.close()
  return { directory, vkey: (await source()).vkeys[0]! }
}

it('verify says that all is well, or names the first bad record and exits with 1', async () => {
  const { directory, vkey } = await written()
  expect(await run('verify', directory, '--vkey', vkey)).toEqual({
    code: 0,
    out: 'shop.example.com/audit: 6 records, 6 of them signed: all as they were recorded\n',
    err: '',
  })
  const [segment] = segmentsIn(directory)
  writeFileSync(segment!, readFileSync(segment!, 'utf8').replace('"i":3', '"i":7'))
  const { code, err } = await run('verify', directory)
  expect([code, err]).toEqual([
    1,
    'Record 3 was altered\nTrusted were the keys that lie with the log; --vkey names those that you wrote down\n',
  ])
  expect(JSON.parse((await run('verify', directory, '--format', 'json')).out)).toMatchObject({
    ok: false,
    problems: [{ kind: 'altered', index: 3 }],
  })
})

it('prove writes a proof that check accepts without the log', async () => {
  const { directory, vkey } = await written()
  const file = join(tempFolder(), 'record.tlog-proof')
  expect((await run('prove', '2', directory, '--out', file)).code).toBe(0)
  const { code, out } = await run('check', file, '--vkey', vkey)
  expect(code).toBe(0)
  expect(out).toMatch(
    /^Record 2 of shop\.example\.com\/audit, signed by shop\.example\.com\/audit:\n\{"detail":\{"i":2\}/,
  )
  writeFileSync(file, readFileSync(file, 'utf8').replace('index 2', 'index 1'))
  expect(await run('check', file, '--vkey', vkey)).toMatchObject({
    code: 1,
    err: 'sallyport audit: The record is not in the log\n',
  })
  expect((await run('prove', '17', directory)).code).toBe(1)
})

it('export and forget do what they say', async () => {
  const { directory } = await written()
  expect((await run('export', directory, '--format', 'csv', '--type', 'data.read')).out.split('\r\n')).toHaveLength(7)
  expect(await run('forget', 'ada', directory)).toEqual({ code: 0, out: 'Forgotten, which is record 7\n', err: '' })
  expect((await run('export', directory)).out).not.toContain('"ada"')
  expect((await run('forget', 'ada', directory)).code).toBe(1)
})

it.each([
  [[]],
  [['verfy']],
  [['verify']],
  [['prove', 'x', '/tmp']],
  [['check', 'file']],
  [['export', '/tmp', '--format', 'xml']],
  [['verify', '--nonsense']],
])('a wrong use of %j is told, with how it is used', async (words) => {
  const { code, err } = await run(...words)
  expect(code).toBe(2)
  expect(err).toContain('sallyport audit <action> [options]')
})

it('a key ring comes from a module of the app', async () => {
  const folder = tempFolder()
  const module = join(folder, 'ring.mjs')
  const core = fileURLToPath(import.meta.resolve('@sallyport/core'))
  writeFileSync(
    module,
    `import { createKeyRing } from ${JSON.stringify(core)}\nexport const keyRing = createKeyRing({ keys: [{ id: 'k', key: Buffer.from('${randomBytes(32).toString('hex')}', 'hex') }] })\n`,
  )
  const { keyRing } = (await import(module)) as { keyRing: never }
  const { audit, env, directory } = scene({ encrypt: true }, { keyRing })
  await audit.record({ type: 'data.read' })
  await env.close()
  expect((await run('verify', directory, '--key-ring', module)).code).toBe(0)
  await expect(run('verify', directory)).resolves.toMatchObject({ code: 1 })
})
