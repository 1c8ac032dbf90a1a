import { coreError } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { answered, startScene, type SceneOptions } from './support/scene.ts'

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const FIREFOX_NEXT = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0'
const ada = { issuer: 'local', subject: 'ada' }
const DEVICE = '__Host-device'

const countries: Record<string, string> = { '192.0.2.1': 'DE', '198.51.100.1': 'DE', '203.0.113.1': 'BR' }
const geo = { lookup: (address: string) => ({ country: countries[address]! }) }
const from = (address: string) => ({ 'x-forwarded-for': address })

function options(more: SceneOptions = {}): SceneOptions {
  return {
    own: true,
    environment: { trustedProxies: ['loopback'] },
    ...more,
    tracker: { geo, hijack: 'enforce', ...more.tracker },
  }
}

describe.each([express5Host, koa3Host].map((host) => [host.name, host] as const))('a session on %s', (_name, host) => {
  it('of somebody who travels goes on: an address alone asks and ends nothing', async () => {
    const { browser, events, sessions } = await startScene(host, options())
    const laptop = browser()
    await laptop.send('login', from('192.0.2.1'))
    await laptop.send('read', from('192.0.2.1'))
    for (const address of ['198.51.100.1', '203.0.113.1', '192.0.2.1', '2001:db8::1', '203.0.113.1']) {
      expect(await answered(laptop.send('read', from(address)))).toBe('ada')
    }
    expect(events.of('session.suspicious')).toEqual([])
    await sessions.flush()
    // Without the device's cookie as well, which a browser may lose: it is noted.
    const bare = laptop.copy()
    bare.cookies.delete(DEVICE)
    expect(await answered(bare.send('read', from('203.0.113.1')))).toBe('ada')
    expect(events.of('session.suspicious').at(-1)!.detail).toMatchObject({ answer: 'log' })
  })

  it('of a browser that was updated goes on, and nothing is told', async () => {
    const { browser, events } = await startScene(host, options())
    const laptop = browser()
    await laptop.login()
    expect(await answered(laptop.send('read', { 'user-agent': FIREFOX_NEXT }))).toBe('ada')
    expect(events.of('session.suspicious')).toEqual([])
  })

  it('whose cookie was stolen ends at the thief’s first request from another browser and system', async () => {
    const { browser, events, sessions } = await startScene(host, options())
    const laptop = browser()
    await laptop.send('login', from('192.0.2.1'))
    await laptop.send('read', from('192.0.2.1'))
    const thief = laptop.copy({ 'user-agent': CHROME })
    thief.cookies.delete(DEVICE)
    expect(await answered(thief.send('read', from('203.0.113.1')))).toBeNull()
    expect(await sessions.list(ada)).toEqual([])
    expect(await answered(laptop.send('read', from('192.0.2.1')))).toBeNull()
    expect(events.of('session.suspicious')[0]!.detail).toMatchObject({
      answer: 'end',
      enforced: true,
      signals: ['browser', 'system', 'device-missing', 'network', 'country'],
    })
    expect(events.of('session.ended')[0]!.detail).toMatchObject({ reason: 'hijacked', by: 'system' })
  })

  it('that looks odd needs a step-up, and is refused where nobody can ask for one', async () => {
    const { browser, events, env } = await startScene(host, options())
    const laptop = browser()
    await laptop.send('login', from('192.0.2.1'))
    await laptop.send('read', from('192.0.2.1'))
    const odd = laptop.copy()
    odd.cookies.delete(DEVICE)
    const ask = (): Promise<string | null> => answered(odd.send('read', from('203.0.113.1')))
    expect(await ask()).toBe('ERR_SESSION_SUSPICIOUS')
    // Its owner is not troubled by it.
    expect(await answered(laptop.send('read', from('192.0.2.1')))).toBe('ada')
    let fresh = false
    env.ports.offer('requireStepUp', (_exchange, demand) => {
      expect(demand).toEqual({ maxAge: 300 })
      if (!fresh) throw coreError('ERR_UNAUTHENTICATED')
    })
    expect(await ask()).toBe('ERR_UNAUTHENTICATED')
    fresh = true
    expect(await ask()).toBe('ada')
    fresh = false
    expect(await ask()).toBe('ada')
    expect(events.of('session.suspicious').every(({ detail }) => detail.answer === 'step-up')).toBe(true)
  })

  it('is only watched by default', async () => {
    const { browser, events } = await startScene(host, { own: true })
    const laptop = browser()
    await laptop.login()
    await laptop.send()
    const thief = laptop.copy({ 'user-agent': CHROME })
    thief.cookies.delete(DEVICE)
    expect(await answered(thief.send())).toBe('ada')
    expect(events.of('session.suspicious')[0]!.detail).toMatchObject({ answer: 'end', enforced: false })
    // Once: what was looked at closely is known.
    await thief.send()
    expect(events.of('session.suspicious')).toHaveLength(1)
  })
})

describe('logins', () => {
  it('from a new device or country are told, with the client’s own address, and not of the first login', async () => {
    const { browser, events, sessions } = await startScene(express5Host, options({ tracker: { addresses: 'full' } }))
    const laptop = browser()
    await laptop.send('login', from('192.0.2.1'))
    await laptop.send('login', from('192.0.2.1'))
    expect([...events.of('session.new-device'), ...events.of('session.new-country')]).toEqual([])
    // The attacker writes what they like into the header; the proxy adds who they are.
    await browser({ 'user-agent': CHROME }).send('login', from('192.0.2.1, 203.0.113.1'))
    expect(
      events.of('session.new-device').map(({ detail, request }) => ({ ...detail, from: request!.clientAddress })),
    ).toMatchObject([{ browser: 'Chrome', os: 'Windows', country: 'BR', address: '203.0.113.1', from: '203.0.113.1' }])
    expect(events.of('session.new-country').map(({ detail }) => detail)).toMatchObject([
      { country: 'BR', known: ['DE'] },
    ])
    // The same again is nothing new.
    const forgetful = browser()
    await forgetful.send('login', from('192.0.2.1'))
    expect(events.of('session.new-device')).toHaveLength(1)
    expect((await sessions.list(ada)).map(({ country }) => country)).toEqual(expect.arrayContaining(['DE', 'BR']))
  })

  it('a device is trusted until a password or a factor is changed', async () => {
    const { browser, env, sessions, acts } = await startScene(express5Host, { own: true })
    acts.set('password', ({ seen }) => sessions.credentialsChanged(seen))
    const asks: boolean[] = []
    acts.set('asks', async ({ exchange }) => {
      const user = new URLSearchParams(exchange.search).get('user')!
      asks.push(await env.ports.ask('trustsDevice')(exchange, { issuer: 'local', subject: user }))
    })
    const laptop = browser()
    await laptop.login()
    await laptop.send('asks', {}, '&user=ada')
    const [device] = await sessions.devices.list(ada)
    await sessions.devices.trust(ada, device!.id)
    expect((await sessions.list(ada))[0]).toMatchObject({ trusted: true })
    await laptop.send('asks', {}, '&user=ada')
    await laptop.send('asks', {}, '&user=bob')
    await browser().send('asks', {}, '&user=ada')
    expect(asks).toEqual([false, true, false, false])
    await laptop.login()
    expect(await sessions.devices.list(ada)).toMatchObject([{ id: device!.id, logins: 2 }])
    expect((await sessions.list(ada)).every(({ trusted }) => trusted)).toBe(true)
    await laptop.send('password')
    expect((await sessions.list(ada)).some(({ trusted }) => trusted)).toBe(false)
    await laptop.send('asks', {}, '&user=ada')
    expect(asks.at(-1)).toBe(false)
  })

  it('a device cookie that somebody made up is no device', async () => {
    const { browser, sessions } = await startScene(express5Host, { own: true })
    const laptop = browser()
    await laptop.login()
    const [device] = await sessions.devices.list(ada)
    const forger = browser({ 'user-agent': CHROME })
    for (const forged of [`${device!.id}.${'A'.repeat(22)}`, device!.id, `${device!.id}.`, 'x']) {
      forger.cookies.set(DEVICE, forged)
      await forger.login()
    }
    expect((await sessions.devices.list(ada)).find(({ id }) => id === device!.id)).toMatchObject({ logins: 1 })
  })
})
