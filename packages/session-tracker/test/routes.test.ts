import { createEnvironment } from '@sallyport/core'
import { sessionTracker } from '@sallyport/session-tracker'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Host } from '../../../test/hosts/host.ts'
import { answered, startScene, type Browser } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }

async function scene(host: Host, options: { readonly admin?: boolean; readonly stepUp?: () => void } = {}) {
  return startScene(host, {
    own: true,
    behind: (sessions, env) => {
      env.ports.offer('can', ({ roles }, permission) => permission === 'sessions:manage' && roles.includes('support'))
      if (options.stepUp) env.ports.offer('requireStepUp', options.stepUp)
      return [sessions.routes({ prefix: '/account', ...(options.admin && { adminPermission: 'sessions:manage' }) })]
    },
  })
}

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly current: boolean; readonly name: string }[]
}

const listOf = async (browser: Browser, query = ''): Promise<Listed> =>
  (await (await browser.request('GET', `/account${query}/sessions`)).json()) as Listed

describeHosts('the routes of sessions', (host) => {
  it('list the caller’s own, and mark the one that asks', async () => {
    const { browser } = await scene(host)
    const [laptop, phone, other] = [browser(), browser(), browser()]
    await laptop.login()
    await phone.login()
    await other.login('bob')
    const answer = await laptop.request('GET', '/account/sessions')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { sessions } = (await answer.json()) as Listed
    expect(sessions).toHaveLength(2)
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    expect(JSON.stringify(sessions)).not.toContain(laptop.cookies.get('__Host-session')!.slice(-43))
    expect((await browser().request('GET', '/account/sessions')).status).toBe(401)
    expect((await laptop.request('PUT', '/account/sessions')).status).toBe(405)
  })

  it('end one, all others, and this one', async () => {
    const { browser } = await scene(host)
    const [laptop, phone, tablet] = [browser(), browser(), browser()]
    for (const one of [laptop, phone, tablet]) await one.login()
    const phones = (await listOf(phone)).sessions.find(({ current }) => current)!
    expect((await laptop.request('DELETE', `/account/sessions/${phones.id}`)).status).toBe(204)
    expect((await laptop.request('DELETE', `/account/sessions/${phones.id}`)).status).toBe(404)
    expect(await answered(phone.send())).toBeNull()
    expect(await (await laptop.request('DELETE', '/account/sessions')).json()).toEqual({ ended: 1 })
    expect(await answered(tablet.send())).toBeNull()
    const own = (await listOf(laptop)).sessions[0]!
    const gone = await laptop.request('DELETE', `/account/sessions/${own.id}`)
    expect([gone.status, gone.headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"'])
    expect(await answered(laptop.send())).toBeNull()
  })

  it('ASVS 7.5.2: end others only shortly after a login; anybody may leave at any time', async () => {
    const { browser, clock, sessions } = await scene(host)
    const [laptop, phone] = [browser(), browser()]
    await laptop.login()
    await phone.login()
    const [first, second] = await sessions.list(ada)
    await clock.advance(301_000)
    for (const path of ['/account/sessions', `/account/sessions/${first!.id}`, `/account/sessions/${second!.id}`]) {
      if ((await listOf(laptop)).sessions.some(({ id, current }) => current && path.endsWith(id))) continue
      const refused = await laptop.request('DELETE', path)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication", max_age=300')
    }
    expect(await sessions.list(ada)).toHaveLength(2)
    expect((await laptop.request('POST', '/account/logout')).status).toBe(204)
    expect(await sessions.list(ada)).toHaveLength(1)
  })

  it('ask mfa-gate for the recent login where there is one', async () => {
    let fresh = false
    const { browser, clock, sessions } = await scene(host, {
      stepUp: () => {
        if (!fresh) throw Object.assign(new Error('step up'), { status: 403 })
      },
    })
    const [laptop, phone] = [browser(), browser()]
    await laptop.login()
    await phone.login()
    await clock.advance(301_000)
    expect((await laptop.request('DELETE', '/account/sessions')).status).toBeGreaterThanOrEqual(400)
    expect(await sessions.list(ada)).toHaveLength(2)
    fresh = true
    expect((await laptop.request('DELETE', '/account/sessions')).status).toBe(200)
    expect(await sessions.list(ada)).toHaveLength(1)
  })

  it('name, trust and forget devices', async () => {
    const { browser } = await scene(host)
    const laptop = browser()
    // A browser keeps the cookie of the device on localhost.
    await laptop.login()
    const read = async (): Promise<{ id: string; name: string; trustedUntil?: number; trust: number }[]> =>
      ((await (await laptop.request('GET', '/account/devices')).json()) as { devices: never[] }).devices
    const [device] = await read()
    expect(device).toMatchObject({ name: 'Firefox on Linux' })
    const patch = (body: object): Promise<Response> =>
      laptop.request('PATCH', `/account/devices/${device!.id}`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await patch({ name: ' My laptop ', trusted: true })).status).toBe(204)
    expect(await read()).toMatchObject([{ name: 'My laptop', trustedUntil: expect.any(Number) as number }])
    expect((await read())[0]!.trust).toBeGreaterThan(device!.trust)
    for (const wrong of [{}, { name: '' }, { name: 'x'.repeat(61) }, { name: 7 }, { trusted: 'yes' }]) {
      expect((await patch(wrong)).status).toBe(400)
    }
    expect((await patch({ trusted: false })).status).toBe(204)
    expect((await read())[0]).not.toHaveProperty('trustedUntil')
    expect((await laptop.request('DELETE', `/account/devices/${device!.id}`)).status).toBe(204)
    expect((await laptop.request('DELETE', `/account/devices/${device!.id}`)).status).toBe(404)
  })

  it('ASVS 7.4.5: let holders of a permission manage sessions of others, and nobody else', async () => {
    const { browser, sessions } = await scene(host, { admin: true })
    const [laptop, support] = [browser(), browser()]
    await laptop.login()
    await browser().login()
    await support.login('sam', ['support'])
    const listed = (await (await support.request('GET', '/account/admin/sessions?subject=ada')).json()) as Listed
    expect(listed.sessions).toHaveLength(2)
    const path = `/account/admin/sessions/${listed.sessions[0]!.id}?subject=ada`
    expect((await laptop.request('DELETE', path)).status).toBe(403)
    expect((await laptop.request('GET', '/account/admin/sessions?subject=sam')).status).toBe(403)
    expect((await browser().request('GET', '/account/admin/sessions?subject=ada')).status).toBe(401)
    expect((await support.request('DELETE', path)).status).toBe(204)
    expect((await support.request('DELETE', path)).status).toBe(404)
    for (const query of ['', '?subject=', '?subject=a&subject=b', `?subject=${'x'.repeat(1025)}`]) {
      expect((await support.request('GET', `/account/admin/sessions${query}`)).status).toBe(400)
    }
    expect(await (await support.request('DELETE', '/account/admin/sessions?subject=ada')).json()).toEqual({ ended: 1 })
    expect(await sessions.list(ada)).toEqual([])
    expect((await sessions.list({ issuer: 'local', subject: 'sam' })).length).toBe(1)
  })
})

describe('routes of sessions under attack', () => {
  it('have no admin’s part unless a permission is named', async () => {
    const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
    const { browser } = await scene(express5Host)
    const support = browser()
    await support.login('sam', ['support'])
    expect((await support.request('GET', '/account/admin/sessions?subject=ada')).status).toBe(404)
  })

  it('a session of another account is not found, and lives on', async () => {
    const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
    const { browser, sessions } = await scene(express5Host)
    const [mallory, victim] = [browser(), browser()]
    await mallory.login('mallory')
    await victim.login()
    const [session] = await sessions.list(ada)
    expect((await mallory.request('DELETE', `/account/sessions/${session!.id}`)).status).toBe(404)
    expect(await answered(victim.send())).toBe('ada')
  })

  it('another site cannot end sessions with the user’s cookie', async () => {
    const { express5Host } = await import('../../../test/hosts/node-hosts.ts')
    const { browser, sessions } = await scene(express5Host)
    const laptop = browser()
    await laptop.login()
    await browser().login()
    const forged = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }
    expect((await laptop.request('DELETE', '/account/sessions', forged)).status).toBe(403)
    expect((await laptop.request('POST', '/account/logout', forged)).status).toBe(403)
    expect(await sessions.list(ada)).toHaveLength(2)
  })

  it('a permission without rbac is refused at construction', () => {
    const env = createEnvironment()
    onTestFinished(() => env.close())
    const sessions = sessionTracker({ env, cookie: true })
    expect(() => sessions.routes({ adminPermission: 'sessions:manage' })).toThrow(
      expect.objectContaining({ code: 'ERR_PORT_ABSENT' }),
    )
    expect(() => sessions.routes({ prefx: '/x' } as never)).toThrow(/did you mean `prefix`/)
  })
})
