import { createEnvironment } from '@sallyport/core'
import { createApp } from '@sallyport/example-devices'
import { serve } from '@sallyport/example-orders'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from './chromium.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

async function world() {
  const env = createEnvironment()
  const passwords = new Map([['ada', 'correct horse']])
  const users = { check: (name: string, password: string) => Promise.resolve(passwords.get(name) === password) }
  const serving = await serve(createApp({ users, env }))
  onTestFinished(async () => {
    await serving.close()
    await env.close()
  })
  const origin = serving.url.replace('127.0.0.1', 'localhost')
  const problems: string[] = []
  /** Another browser, with cookies of its own. */
  async function device(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled: false, ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
    await page.goto(`${origin}/`)
    return page
  }
  async function signIn(page: Page, password = 'correct horse'): Promise<void> {
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  return { device, signIn, problems, origin }
}

describe('the page "your devices" in Chromium', () => {
  it('shows where somebody is signed in, and signs a device out', async () => {
    const { device, signIn, problems } = await world()
    const laptop = await device()
    const phone = await device({ userAgent: PHONE, viewport: { width: 390, height: 844 } })
    await signIn(laptop)
    await signIn(phone)
    expect(await phone.getByRole('heading', { level: 1 }).textContent()).toBe('Your devices')
    await laptop.reload()
    const rows = laptop.getByRole('rowheader')
    expect((await rows.allTextContents()).toSorted()).toEqual([
      expect.stringMatching(/^Chrome on Linux \(this device\)$/),
      'Safari on iOS',
    ])
    await laptop.getByRole('button', { name: /^Sign out Safari on iOS/ }).click()
    expect(await laptop.getByRole('status').textContent()).toBe('1 device was signed out.')
    expect(await rows.allTextContents()).toHaveLength(1)
    await phone.reload()
    expect(await phone.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in')
    await signIn(phone)
    expect(await phone.getByRole('rowheader').allTextContents()).toHaveLength(2)
    expect(problems).toEqual([])
  })

  it('signs out all other devices by keyboard alone, then this one', async () => {
    const { device, signIn, origin } = await world()
    const [laptop, other, third] = [await device(), await device(), await device()]
    for (const page of [laptop, other, third]) await signIn(page)
    await laptop.reload()
    await laptop.getByRole('button', { name: 'Sign out all other devices' }).focus()
    await laptop.keyboard.press('Enter')
    await laptop.getByRole('status').waitFor()
    expect(await laptop.getByRole('status').textContent()).toBe('2 devices were signed out.')
    for (const page of [other, third]) {
      await page.reload()
      expect(await page.title()).toBe('Sign in')
    }
    await laptop.getByRole('button', { name: 'Sign out here' }).click()
    expect(await laptop.title()).toBe('Sign in')
    await laptop.goto(`${origin}/devices`)
    expect(await laptop.title()).toBe('Sign in')
  })

  it('keeps its cookies from scripts, and forgets all but the device at a logout', async () => {
    const { device, signIn, origin } = await world()
    const page = await device({ javaScriptEnabled: true })
    await signIn(page, 'wrong')
    expect(await page.getByRole('alert').textContent()).toBe('The name or the password is wrong.')
    await signIn(page)
    expect(await page.evaluate('document.cookie')).toBe('')
    const cookies = await page.context().cookies(origin)
    expect(
      cookies.map(({ name, httpOnly, secure, sameSite, path }) => ({ name, httpOnly, secure, sameSite, path })),
    ).toEqual(
      ['__Host-device', '__Host-session']
        .map((name) => ({ name, httpOnly: true, secure: true, sameSite: 'Lax', path: '/' }))
        .toSorted((a, b) => b.name.localeCompare(a.name))
        .toReversed(),
    )
    await page.getByRole('button', { name: 'Sign out here' }).click()
    expect((await page.context().cookies(origin)).map(({ name }) => name)).toEqual(['__Host-device'])
  })

  it('a form of another site ends nothing', async () => {
    const { device, signIn, origin } = await world()
    const [page, other] = [await device(), await device()]
    await signIn(page)
    await signIn(other)
    await page.goto(`data:text/html,<form method="post" action="${origin}/devices/others"><button>Win</button></form>`)
    await page.getByRole('button').click()
    await other.reload()
    expect(await other.title()).toBe('Your devices')
  })
})
