import { readdir } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startChild, type Start } from '../../orders/test/child.ts'
import { tempFolder } from '../../orders/test/temp-folder.ts'
import { stages } from '../src/steps.ts'

const startDemo = (start?: Start) => startChild(new URL('../dist/demo.js', import.meta.url), start)
const steps = stages.flatMap((stage) => stage.steps)

describe('demo', () => {
  it('walks through both examples, is answered as expected, and says so', async () => {
    const TMPDIR = await tempFolder()
    const { code, stdout, stderr } = await startDemo({ env: { TMPDIR } }).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`All ${2 * steps.length} requests were answered as expected.`)

    const [intro = '', express = '', koa = ''] = stdout.split(/^ {3}(?:Express 5|Koa 3) on /m)
    expect(intro).toContain('/jwks.json')
    expect(intro.replaceAll(/\s+/g, ' ')).toContain(
      `logouts are kept in ${isBuiltin('node:sqlite') ? 'SQLite' : 'memory only'}`,
    )
    for (const walk of [express, koa])
      expect(rowsOf(walk)).toEqual(steps.map(({ who, asks, expected }) => ({ who, asks, expected })))

    expect(stdout, 'no token').not.toContain('eyJ')
    expect(stdout, 'no colour in a pipe').not.toContain('\u001B')
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
    expect(await readdir(TMPDIR), 'nothing left behind').toEqual([])
  })

  it('shows the challenge of each refused token', async () => {
    const { stdout } = await startDemo().ended
    const text = stdout.replaceAll(/\s+/g, ' ')
    expect(text).toMatch(/✓ nobody GET \/orders 401 Bearer realm="api" ✓/)
    expect(text).toMatch(
      /✓ expired token GET \/orders 401 Bearer realm="api", error="invalid_token", error_description=/,
    )
    expect(text).toMatch(/503 Retry-After: \d+/)
  })

  it('ends with 1 and marks the row when an answer is not as expected', async () => {
    const letsClerksDelete = `
      const original = fetch
      globalThis.fetch = async (url, init) => {
        const response = await original(url, init)
        return init?.method === 'DELETE' ? new Response(null, { status: 204, headers: response.headers }) : response
      }`
    const preload = `data:text/javascript,${encodeURIComponent(letsClerksDelete)}`
    const { code, stdout } = await startDemo({ preload }).ended
    expect(code).toBe(1)
    expect(stdout.match(/✗.*/g)).toEqual([
      expect.stringMatching(/^✗ clerk +DELETE .*204/),
      expect.stringMatching(/^✗ clerk +DELETE .*204/),
      `✗ 2 of ${2 * steps.length} requests were not answered as expected.`,
    ])
    expect(stdout.match(/\^ expected 403/g)).toHaveLength(2)
  })

  it('keeps the app up with --serve, with tokens that work, and ends on SIGTERM with 0', async () => {
    const folder = await tempFolder()
    const child = startDemo({ args: ['--serve'], env: { DATA_FILE: join(folder, 'orders.json') } })
    await child.says(/Ctrl-C/)
    const url = await child.says(/listens on (http:\/\/127\.0\.0\.1:\d+)/)
    for (const [role, path, status] of [
      ['VIEWER', '/orders', 200],
      ['CLERK', '/report', 403],
      ['ADMIN', '/report', 200],
    ] as const) {
      const token = await child.says(new RegExp(`${role}=(\\S+)`))
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
      expect(response.status, role).toBe(status)
      await response.body?.cancel()
    }
    expect((await fetch(`${url}/orders`)).status).toBe(401)

    child.kill('SIGTERM')
    expect(await child.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it('says how it is used to whoever asks for what it has not', async () => {
    const { code, stderr } = await startDemo({ args: ['--server'] }).ended
    expect(code).toBe(1)
    expect(stderr).toContain('--serve')
  })
})

/** The rows of a walk as a reader sees them. */
function rowsOf(walk: string): unknown[] {
  return [...walk.matchAll(/^ ✓ (.{21}) {2}(\S+) +(\S+) +(\d{3})/gm)].map(
    ([, who = '', method, path = '', status]) => ({
      who: who.trim(),
      asks: `${method} ${path.replace(/[0-9a-f]{4}…/, ':id')}`,
      expected: Number(status),
    }),
  )
}
