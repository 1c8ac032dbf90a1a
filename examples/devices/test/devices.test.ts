import { createEnvironment } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { createApp } from '../src/app.ts'
import { createUsers } from '../src/users.ts'
import { serve } from '@sallyport/example-orders'
import { expect, it, onTestFinished } from 'vitest'

async function world() {
  const clock = createTestClock(Date.now())
  const env = createEnvironment({ clock })
  const users = await createUsers({ '<b>ada': 'correct horse' })
  const { url, close } = await serve(createApp({ users, env }))
  onTestFinished(async () => {
    await close()
    await env.close()
  })
  async function send(path: string, body?: Record<string, string>, cookie = ''): Promise<Response> {
    return fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie, 'sec-fetch-site': 'same-origin', connection: 'close' },
      ...(body !== undefined && { body: new URLSearchParams(body) }),
    })
  }
  return { send, clock }
}

it('lets in whoever has the password, and shows nobody’s name as markup', async () => {
  const { send } = await world()
  expect((await send('/devices')).headers.get('location')).toBe('/login')
  for (const [name, password] of [
    ['<b>ada', 'wrong'],
    ['nobody', 'correct horse'],
    ['<b>ada', ''],
  ]) {
    const refused = await send('/login', { name: name!, password: password! })
    expect(refused.status).toBe(401)
    expect(await refused.text()).not.toContain('<b>')
  }
  const answer = await send('/login', { name: '<b>ada', password: 'correct horse' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/devices'])
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const page = await send('/devices', undefined, cookie)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('(this device)')
})

it('ASVS 7.5.2: asks for the password again before it signs out others', async () => {
  const { send, clock } = await world()
  const login = async (): Promise<string> =>
    (await send('/login', { name: '<b>ada', password: 'correct horse' })).headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
  const cookie = await login()
  await login()
  expect((await send('/devices/others', {}, cookie)).headers.get('location')).toBe('/devices?ended=1')
  expect((await send('/devices/of-nobody/end', {}, cookie)).headers.get('location')).toBe('/devices?ended=0')
  await clock.advance(301_000)
  await login()
  const asked = await send('/devices/others', {}, cookie)
  expect([asked.status, await asked.text()]).toEqual([401, expect.stringContaining('sign in once more')])
  expect((await send('/devices/others', {})).headers.get('location')).toBe('/login')
})
