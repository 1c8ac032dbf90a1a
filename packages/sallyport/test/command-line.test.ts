import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment } from '@sallyport/core'
import { describe, expect, it, vi } from 'vitest'
import { outputTo } from '../src/terminal.ts'
import { appOf, folderWith, sallyport } from './command.ts'

// Each test starts the command several times, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 120_000 })

/** The commands, as the overview has them. */
async function commands(): Promise<readonly string[]> {
  const { out } = await sallyport(['--json'])
  return (JSON.parse(out) as { commands: { name: string }[] }).commands.map(({ name }) => name)
}

const policy = {
  'policy.json': JSON.stringify({ roles: { clerk: ['orders:read'] } }),
  'table.json': JSON.stringify({
    principals: { ada: { subject: 'ada', roles: ['clerk'] } },
    cases: [{ who: 'ada', permission: 'orders:read', expected: 'granted' }],
  }),
  'notes.txt': 'write to ada.lovelace@example.com\n',
}

/** A terminal, or a file, that keeps what it is told. */
function screen(isTTY: boolean, env: Record<string, string> = {}) {
  const said: string[] = []
  const stream = { isTTY, write: (text: string) => said.push(text) }
  return { output: outputTo({ stdout: stream, stderr: stream, env }), said }
}

describe('every command', () => {
  it('is told of with --help, and says what it exits with', async () => {
    const names = await commands()
    expect(names).toEqual(expect.arrayContaining(['audit', 'pii scan', 'policy test', 'routes']))
    for (const name of names) {
      const { code, out, err } = await sallyport([...name.split(' '), '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toContain(`sallyport ${name} `)
      expect(out).toMatch(/--json.*\n[^]*Exits with 0 .* 1 .* 2 /)
    }
  })

  it('answers an unknown option with 2, in words or as JSON', async () => {
    for (const name of await commands()) {
      const plain = await sallyport([...name.split(' '), '--frmat', 'x'])
      expect({ code: plain.code, out: plain.out }).toEqual({ code: 2, out: '' })
      expect(plain.err).toContain('--frmat')
      const json = await sallyport([...name.split(' '), '--frmat', 'x', '--json'])
      expect({ code: json.code, err: json.err }).toEqual({ code: 2, err: '' })
      expect((JSON.parse(json.out) as { error: string }).error).toContain('--frmat')
    }
  })

  it('answers a command that there is not with 2', async () => {
    expect(await sallyport(['rotues'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no command 'rotues'/) as string,
    })
    const { code, out } = await sallyport(['rotues', '--json'])
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({ code: 2, error: "there is no command 'rotues'" })
  })
})

describe('--json', () => {
  it('is one JSON text of routes, policy test and pii scan', async () => {
    const folder = folderWith(policy)
    const routes = await sallyport(['routes', appOf('express5'), '--check', '--json'], folder)
    expect(routes.code).toBe(1)
    expect(JSON.parse(routes.out)).toMatchObject({ framework: 'Express', open: expect.any(Array) as unknown, gone: [] })
    const test = await sallyport(['policy', 'test', 'policy.json', 'table.json', '--json'], folder)
    expect(JSON.parse(test.out)).toMatchObject([{ table: 'table.json', result: { passed: 1 } }])
    const scan = await sallyport(['pii', 'scan', 'notes.txt', '--json'], folder)
    expect(scan.code).toBe(1)
    expect(scan.out).not.toContain('lovelace')
    expect(JSON.parse(scan.out)).toBeTypeOf('object')
  })

  it('is one JSON text of each action on an audit log', async () => {
    const directory = folderWith({})
    const env = createEnvironment()
    await auditLogger({ directory, env }).record({ type: 'app.report', detail: { year: 2020 } })
    await env.close()
    const { vkeys } = JSON.parse(readFileSync(join(directory, 'log.json'), 'utf8')) as { vkeys: string[] }
    const json = async (...words: string[]) =>
      JSON.parse((await sallyport(['audit', ...words, '--json'])).out) as unknown
    expect(await json('verify', directory)).toMatchObject({ ok: true, size: 2 })
    expect(await json('export', directory)).toMatchObject([{ type: 'app.report' }, {}])
    expect(await json('export', directory, '--type', 'app.nothing')).toEqual([])
    const { proof } = (await json('prove', '0', directory)) as { proof: string }
    const kept = join(folderWith({ proof }), 'proof')
    expect(await json('check', kept, '--vkey', vkeys[0]!)).toMatchObject({ index: 0, record: { type: 'app.report' } })
    expect(await json('forget', 'nobody', directory)).toMatchObject({ found: false })
    expect(await json('verify', join(directory, 'gone'))).toMatchObject({ error: expect.any(String) as string })
  })
})

describe('a terminal', () => {
  it('has colours and a bar, which what is said afterwards takes the place of', () => {
    const { output, said } = screen(true)
    expect(output.paint('red', 'high')).toBe('\u001b[31mhigh\u001b[39m')
    output.progress(5, 10)
    output.out('done\n')
    expect(said).toEqual([`\r[${'#'.repeat(15)}${' '.repeat(15)}] 50 %`, '\r\u001b[K', 'done\n'])
  })

  it('has no colours where NO_COLOR is set, and nothing moves on a dumb one', () => {
    expect(screen(true, { NO_COLOR: '1' }).output.paint('red', 'high')).toBe('high')
    expect(screen(true, { NO_COLOR: '' }).output.paint('red', 'high')).not.toBe('high')
    const { output, said } = screen(true, { TERM: 'dumb' })
    output.progress(5, 10)
    expect([output.paint('red', 'high'), said]).toEqual(['high', []])
  })

  it('is not what a pipe is', async () => {
    const { output, said } = screen(false)
    output.progress(5, 10)
    expect([output.paint('red', 'high'), said]).toEqual(['high', []])
    const { out, err } = await sallyport(['pii', 'scan', 'notes.txt'], folderWith(policy))
    expect(out + err).not.toContain('\u001b')
  })
})
