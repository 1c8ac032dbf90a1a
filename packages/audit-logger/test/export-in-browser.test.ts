import { readFileSync } from 'node:fs'
import { signIn, testPrincipal } from '@sallyport/core/testing'
import { expect, it, onTestFinished } from 'vitest'
import { launchChromium } from '../../../test/browser/chromium.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { scene } from './support.ts'

it('an export is saved by a browser under its name and is never shown as a page of the app, whatever was recorded', async () => {
  const { audit, env } = scene()
  env.ports.offer('can', (who) => who.roles.includes('auditor'))
  const page = '<script>document.title = "taken over"</script>'
  await audit.record({ type: 'data.read', reason: page, resource: { type: 'page', id: page }, detail: { page } })
  const app = await express5Host.start({
    use: [signIn(testPrincipal({ roles: ['auditor'] }), { env }), audit.routes({ permission: 'audit:read' })],
    handler: () => ({
      headers: { 'content-type': 'text/html' },
      body: '<a href="/audit-logs/export?format=csv">csv</a><a href="/audit-logs/export?format=jsonl">jsonl</a>',
    }),
  })
  onTestFinished(() => app.close())
  const browser = await launchChromium()
  onTestFinished(() => browser.close())
  const tab = await browser.newPage()
  const home = `http://127.0.0.1:${app.port}/orders`
  await tab.goto(home)
  for (const [link, name] of [
    ['csv', 'audit-log.csv'],
    ['jsonl', 'audit-log.jsonl'],
  ] as const) {
    const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByText(link, { exact: true }).click()])
    expect(download.suggestedFilename()).toBe(name)
    const text = readFileSync(await download.path(), 'utf8')
    expect(text).toContain('data.read')
    expect(text).toContain('taken over')
  }
  expect([tab.url(), await tab.title()]).toEqual([home, ''])
  // The first run on a machine may have to install the browser.
}, 300_000)
