import { expect, it } from 'vitest'
import { startChild } from '../../orders/test/child.ts'
import { freePort } from '../../../test/servers/ports.ts'

it.each(['SIGINT', 'SIGTERM'] as const)(
  'main starts, takes the login that it shows, and ends on %s',
  async (signal) => {
    const child = startChild(new URL('../dist/main.js', import.meta.url), {
      env: { PORT: String(await freePort()) },
    })
    const origin = await child.says(/^(http:\S+) – log in as ada/)
    const page = await fetch(`${origin}/login`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await page.text()).toContain('<form')
    child.kill(signal)
    expect(await child.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  },
)
