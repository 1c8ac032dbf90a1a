import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment, createKeyRing } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { createApp } from '@sallyport/example-second-factors'
import axe from 'axe-core'
import { generate } from 'otplib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from '../../../test/browser/chromium.ts'

const PASSWORD = 'correct horse battery'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

interface Scene {
  readonly origin: string
  readonly context: BrowserContext
  readonly page: Page
  readonly pushed: string[]
}

/** The app's time stands still: no code ends while it is typed. */
const clock = createTestClock(Date.now())

/** Somebody who is logged in by a password. */
async function loggedIn(): Promise<Scene> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const env = createEnvironment({ clock, keyRing: createKeyRing({ keys: [{ id: 'test', key: randomBytes(32) }] }) })
  onTestFinished(() => env.close())
  const pushed: string[] = []
  const push = ({ url }: { readonly url: string }) => Promise.resolve(void pushed.push(url))
  server.on('request', createApp({ env, origin, people: { ada: PASSWORD }, push }))
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await logIn(page, origin)
  return { origin, context, page, pushed }
}

async function logIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/login`)
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** As after the browser was away for long: the session is gone. */
async function logInAnew({ context, page, origin }: Scene): Promise<void> {
  await context.clearCookies()
  await logIn(page, origin)
}

/** A key of Chromium's own, as if it were built into the machine. */
async function virtualAuthenticator({ context, page }: Scene): Promise<{ verified(is: boolean): Promise<unknown> }> {
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options })
  return { verified: (is) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: is }) }
}

/** What axe finds wrong with a page: what keeps people with a screen reader or without a mouse from using it. */
async function violations(page: Page): Promise<string[]> {
  // By the debugger: the page's own policy runs no other script.
  await page.evaluate(axe.source)
  const told = '(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "))'
  return page.evaluate(`axe.run().then(({ violations }) => violations.map(${told}))`)
}

describe('in a real Chromium', () => {
  it('an authenticator app is set up by the keyboard alone, and demanded from then on', async () => {
    const scene = await loggedIn()
    const { page, origin } = scene
    await page.goto(`${origin}/security`)
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set up an authenticator app' }).focus()
    await page.keyboard.press('Enter')
    // The focus follows what appears, so that a screen reader reads it.
    await page.getByRole('heading', { name: 'Set up an authenticator app' }).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('setup')
    await expect.poll(() => page.evaluate('document.querySelector("#qr").naturalWidth > 100')).toBe(true)
    expect(await violations(page)).toEqual([])
    const secret = (await page.locator('#secret').textContent())!.replaceAll(' ', '')
    await page.getByLabel('Type the code that it shows').fill('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'not accepted' }).waitFor()
    await page
      .getByLabel('Type the code that it shows')
      .fill(await generate({ secret, epoch: Math.floor(clock.now() / 1000) }))
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'is set up' }).waitFor()
    await page.goto(`${origin}/`)
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(
      '/second-factor?return_to=%2F&acr_values=aal2',
    )
    expect(await violations(page)).toEqual([])
  })

  it('6.3.3: a code of paper lets in, where the app is lost', async () => {
    const scene = await loggedIn()
    const { page, origin } = scene
    await page.goto(`${origin}/security`)
    await page.getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'New recovery codes' }).click()
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    const code = (await page.locator('#code-list li').first().textContent())!
    expect(await violations(page)).toEqual([])
    await page.goto(`${origin}/vault`)
    await page.getByLabel(/recovery code/).fill(code)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('The vault is open.').waitFor()
    expect(await page.locator('#acr').textContent()).toBe('aal2')
    await logInAnew(scene)
    await page.getByLabel(/recovery code/).fill(code)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('status').filter({ hasText: 'not accepted' }).waitFor()
  })

  it('6.7.1: a passkey is made by Chromium’s authenticator, and lets in', async () => {
    const scene = await loggedIn()
    const { page, origin } = scene
    const authenticator = await virtualAuthenticator(scene)
    await page.goto(`${origin}/security`)
    await page.getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('status').filter({ hasText: 'Your passkey is set up.' }).waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Passkey (passkey)' }).waitFor()
    await logInAnew(scene)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    expect(await page.locator('#amr').textContent()).toMatch(/^pwd passkey pop (hwk|swk) user mfa$/)
    await page.goto(`${origin}/vault`)
    await page.getByText('The vault is open.').waitFor()
    // Without its owner’s finger it is worth nothing.
    await logInAnew(scene)
    await authenticator.verified(false)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByRole('status').filter({ hasText: /\S/ }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/second-factor')
  })

  it('6.6.4: a phone is set up by its code, and asks for the number', async () => {
    const scene = await loggedIn()
    const { page, origin, pushed } = scene
    await page.goto(`${origin}/security`)
    await page.getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set up a phone' }).click()
    const link = await page.getByRole('link', { name: 'The same as an address' }).getAttribute('href')
    const other = await browser.newContext()
    onTestFinished(() => other.close())
    const phone = await other.newPage()
    await phone.goto(link!)
    await phone.getByRole('status').filter({ hasText: 'This phone is set up.' }).waitFor()
    await page.getByRole('status').filter({ hasText: 'Your phone is set up.' }).waitFor()
    await logInAnew(scene)
    await page.getByRole('button', { name: 'Ask my phone' }).click()
    await page.getByRole('status').filter({ hasText: /\d\d$/ }).waitFor()
    const number = /\d\d$/.exec((await page.getByRole('status').textContent())!)![0]
    // Another document: what differs behind the # alone does not load one.
    await phone.goto('about:blank')
    await phone.goto(pushed[0]!)
    await phone.getByLabel(/Type the number/).waitFor()
    expect(await violations(phone)).toEqual([])
    await phone.getByLabel(/Type the number/).fill(number)
    await phone.getByRole('button', { name: 'Approve' }).click()
    await phone.getByRole('status').filter({ hasText: 'Approved.' }).waitFor()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    expect(await page.locator('#amr').textContent()).toBe('pwd push pop mfa')
  })
})
