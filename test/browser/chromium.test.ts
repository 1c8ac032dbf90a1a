import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { launchChromium } from './chromium.ts'

it('a page of localhost is shown by a real Chromium, in a secure context', async () => {
  const server = createServer((_req, res) => res.setHeader('content-type', 'text/html').end('<title>A page</title>'))
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const browser = await launchChromium()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
  expect(await page.title()).toBe('A page')
  expect(await page.evaluate('isSecureContext')).toBe(true)
})
