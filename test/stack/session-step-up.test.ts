import { createHmac, randomBytes } from 'node:crypto'
import { createKeyRing } from '@sallyport/core'
import { mfaGate, totp, type MfaGate } from '@sallyport/mfa-gate'
import { expect, it } from 'vitest'
import { answered, startScene, type Browser, type Scene } from '../../packages/session-tracker/test/support/scene.ts'
import { describeHosts } from '../hosts/describe-hosts.ts'
import type { Host } from '../hosts/host.ts'

const ada = { issuer: 'local', subject: 'ada' }
const DEVICE = '__Host-device'
const key = randomBytes(20)
const countries: Record<string, string> = { '192.0.2.1': 'DE', '203.0.113.1': 'BR' }
const home = { 'x-forwarded-for': '192.0.2.1' }
const abroad = { 'x-forwarded-for': '203.0.113.1' }

/** A code by RFC 6238. */
function codeAt(now: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  return String((digest.readUInt32BE(digest[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** An app with sessions of its own library, the tracker, and the second factors whose routes stand before or behind it. */
async function started(host: Host, routes: 'before' | 'behind' = 'behind'): Promise<Scene & { readonly mfa: MfaGate }> {
  let mfa: MfaGate | undefined
  const scene = await startScene(host, {
    environment: {
      trustedProxies: ['loopback'],
      keyRing: createKeyRing({ keys: [{ id: 'test', key: randomBytes(32) }] }),
    },
    tracker: { hijack: 'enforce', geo: { lookup: (address) => ({ country: countries[address]! }) } },
    [routes]: (_sessions: unknown, env: Scene['env']) => {
      mfa = mfaGate({ env, factors: [totp({ issuer: 'Shop' })] })
      return [mfa.routes()]
    },
  })
  await mfa!.import(ada, 'totp', { secret: key.toString('hex'), encoding: 'hex' })
  return { ...scene, mfa: mfa! }
}

function verify(browser: Browser, code: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ factor: 'totp', code })
  return browser.request('POST', '/mfa/verify', { body, headers: { 'content-type': 'application/json', ...headers } })
}

describeHosts('a session that looks stolen', (host) => {
  it('is asked for a second factor by the real gate, and goes on once it is there', async () => {
    const { browser, clock, events } = await started(host)
    const laptop = browser()
    await laptop.send('login', home)
    await laptop.send('read', home)
    laptop.cookies.delete(DEVICE)
    const refused = await laptop.send('read', abroad)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/insufficient_user_authentication.*max_age="?300/)
    expect((await verify(laptop, codeAt(clock.now()), abroad)).status).toBe(200)
    expect(await answered(laptop.send('read', abroad))).toBe('ada')
    expect(events.of('mfa.verified')).toHaveLength(1)
    expect(events.of('session.ended')).toEqual([])
  })

  it('lets a thief who has no code try only that, and learns nothing good of him by it', async () => {
    const { browser, clock } = await started(host)
    const laptop = browser()
    await laptop.send('login', home)
    await laptop.send('read', home)
    const thief = laptop.copy()
    thief.cookies.delete(DEVICE)
    const wrong = codeAt(clock.now() + 3_600_000)
    expect((await verify(thief, wrong, abroad)).status).toBe(403)
    expect(await answered(thief.send('read', abroad))).toBe('ERR_MFA_STEP_UP')
    expect((await thief.request('GET', '/mfa/authenticators', { headers: abroad })).status).toBe(401)
    expect(await answered(laptop.send('read', home))).toBe('ada')
  })
})

describeHosts('7.2.4: a second factor that is presented', (host) => {
  it.each(['before', 'behind'] as const)(
    'renews the session by the tracker, with its routes %s it, and the old id lets nobody in',
    async (routes) => {
      const { browser, clock, sessions } = await started(host, routes)
      const laptop = browser()
      await laptop.send('login', home)
      await laptop.send('read', home)
      const before = laptop.copy()
      const [{ id } = { id: '' }] = await sessions.list(ada)
      expect((await verify(laptop, codeAt(clock.now()), home)).status).toBe(200)
      expect([...laptop.cookies]).not.toEqual([...before.cookies])
      expect(await answered(laptop.send('read', home))).toBe('ada')
      expect((await sessions.list(ada)).map((session) => session.id)).toEqual([id])
      clock.set(clock.now() + 60_000)
      expect(await answered(before.send('read', home))).not.toBe('ada')
    },
  )
})
