import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment, createMemoryStore, systemClock } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { sessionTracker, type SessionTracker } from '@sallyport/session-tracker'
import {
  backChannelLogout,
  securityEventReceiver,
  securityEventTransmitter,
} from '@sallyport/session-tracker/federation'
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWK, type JWTPayload } from 'jose'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { startScene } from './support/scene.ts'

const PROVIDER = 'https://id.example.com'
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout'
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

let signing: { privateKey: JWK; keys: JSONWebKeySet }
let foreign: typeof signing
async function keyPair(kid: string): Promise<typeof signing> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const named = { alg: 'ES256', kid }
  return {
    privateKey: { ...(await exportJWK(privateKey)), ...named },
    keys: { keys: [{ ...(await exportJWK(publicKey)), ...named }] },
  }
}
beforeAll(async () => {
  signing = await keyPair('k1')
  foreign = await keyPair('k1')
})

let jti = 0
const now = (): number => Math.floor(Date.now() / 1000)

interface Forged {
  readonly key?: JWK
  readonly typ?: string
  readonly alg?: string
}

async function token(claims: JWTPayload, { key = signing.privateKey, typ = 'logout+jwt', alg = 'ES256' }: Forged = {}) {
  const payload = { iss: PROVIDER, aud: 'shop', iat: now(), exp: now() + 120, jti: `j${++jti}`, ...claims }
  for (const name of Object.keys(payload)) if (payload[name as never] === undefined) delete payload[name as never]
  const { importJWK } = await import('jose')
  return new SignJWT(payload).setProtectedHeader({ alg, kid: 'k1', typ }).sign(await importJWK(key, alg))
}

describeHosts('the back-channel logout of an OpenID provider', (host) => {
  async function scene() {
    const made = await startScene(host, {
      own: true,
      environment: { clock: systemClock },
      behind: (sessions) => [backChannelLogout({ sessions, issuer: PROVIDER, clientId: 'shop', keys: signing.keys })],
    })
    made.acts.set('oidc', async ({ seen, exchange }) => {
      const sid = new URLSearchParams(exchange.search).get('sid')!
      await made.sessions.track(seen, { subject: 'ada' }, { upstream: { issuer: PROVIDER, sid, subject: 'u-1' } })
    })
    const send = async (text: string, type = 'application/x-www-form-urlencoded'): Promise<Response> =>
      made.browser().request('POST', '/backchannel-logout', {
        headers: { 'content-type': type, 'sec-fetch-site': 'cross-site' },
        body: text,
      })
    const logOut = async (claims: JWTPayload, forged?: Forged) =>
      (await send(new URLSearchParams({ logout_token: await token(claims, forged) }).toString())).status
    return { ...made, send, logOut }
  }
  const events = { [LOGOUT]: {} }
  const ada = { issuer: 'local', subject: 'ada' }

  it('ends the sessions of one login there, or all of a user’s', async () => {
    const { browser, sessions, logOut, events: told } = await scene()
    const all = [browser(), browser(), browser()]
    await all[0]!.send('oidc', {}, '&sid=op-1')
    await all[1]!.send('oidc', {}, '&sid=op-1')
    await all[2]!.send('oidc', {}, '&sid=op-2')
    expect(await logOut({ sid: 'op-1', sub: 'u-1', events })).toBe(200)
    expect(await sessions.list(ada)).toHaveLength(1)
    expect(told.of('security-event.received')[0]!.detail).toMatchObject({ kind: 'back-channel-logout', ended: 2 })
    expect(await logOut({ sub: 'u-2', events })).toBe(200)
    expect(await sessions.list(ada)).toHaveLength(1)
    expect(await logOut({ sub: 'u-1', events })).toBe(200)
    expect(await sessions.list(ada)).toEqual([])
  })

  it('refuses what is no logout token of the provider’s for this app', async () => {
    const { browser, sessions, logOut, send } = await scene()
    await browser().send('oidc', {}, '&sid=op-1')
    const good = { sid: 'op-1', events }
    const wrong: [JWTPayload, Forged?][] = [
      [good, { key: foreign.privateKey }],
      [{ ...good, iss: 'https://evil.example' }],
      [{ ...good, aud: 'another-app' }],
      [{ ...good, iat: now() - 3600, exp: now() + 60 }],
      [{ ...good, exp: now() - 60 }],
      [{ ...good, iat: undefined as never }],
      [{ ...good, jti: undefined as never }],
      // An ID token that somebody has found.
      [{ sid: 'op-1', sub: 'u-1' }],
      [{ ...good, nonce: 'n' }],
      [{ sid: 'op-1', events: {} }],
      [{ sid: 'op-1', events: { [LOGOUT]: 'yes' } }],
      [{ events }],
      [{ events, sid: '', sub: 7 as never }],
    ]
    for (const [claims, forged] of wrong) expect(await logOut(claims, forged), JSON.stringify(claims)).toBe(400)
    for (const text of ['', 'logout_token=', 'logout_token=x.y.z', 'logout_token=a&logout_token=b']) {
      expect((await send(text)).status).toBe(400)
    }
    expect((await send('{}', 'application/json')).status).toBe(400)
    expect(await sessions.list(ada)).toHaveLength(1)
  })

  it('takes a token once', async () => {
    const { browser, sessions, send } = await scene()
    const body = new URLSearchParams({ logout_token: await token({ sid: 'op-1', events }) }).toString()
    expect((await send(body)).status).toBe(200)
    await browser().send('oidc', {}, '&sid=op-9')
    expect((await send(body)).status).toBe(400)
    expect(await sessions.list(ada)).toHaveLength(1)
  })

  it('that comes while the session begins is not missed', async () => {
    const { browser, sessions, logOut } = await scene()
    expect(await logOut({ sid: 'op-1', events })).toBe(200)
    expect((await browser().send('oidc', {}, '&sid=op-1')).status).toBe(401)
    expect(await sessions.list(ada)).toEqual([])
  })
})

describe('security events between services', () => {
  /** A service with sessions, on a store that outlives its restarts. */
  function service(store = createMemoryStore()) {
    const env = createEnvironment({ store: { ...store, close: () => Promise.resolve() } })
    const events = captureEvents(env)
    onTestFinished(() => {
      events.stop()
      return env.close()
    })
    return { env, events, sessions: sessionTracker({ env, cookie: true, issuer: PROVIDER }) }
  }
  const ada = { issuer: PROVIDER, subject: 'ada' }

  async function begin(sessions: SessionTracker): Promise<string> {
    const app = await express5Host.start({
      use: [sessions],
      handler: async ({ seen }) => ({ body: { id: (await sessions.track(seen, { subject: 'ada' })).id } }),
    })
    const answer = await app.fetch('/orders', { headers: { 'sec-fetch-site': 'same-origin' } })
    return ((await answer.json()) as { id: string }).id
  }

  const transmitter = { issuer: 'https://shop.example.com', audience: 'https://billing.example.com' }
  const receive = (sessions: SessionTracker, keys: JSONWebKeySet, subjectIssuers: string[] = [PROVIDER]) =>
    securityEventReceiver({ sessions, transmitters: [{ ...transmitter, keys, subjectIssuers }] })

  it('a session that ends at one is revoked at the other, by CAEP over RFC 8935, and comes back to nobody', async () => {
    const [shop, billing] = [service(), service()]
    const receiver = await express5Host.start({ use: [receive(billing.sessions, signing.keys)] })
    const stop = securityEventTransmitter({
      sessions: shop.sessions,
      issuer: transmitter.issuer,
      privateKey: signing.privateKey,
      receivers: [{ url: `${receiver.origin}/security-events`, audience: transmitter.audience }],
    })
    onTestFinished(stop)
    const id = await begin(shop.sessions)
    await shop.sessions.end(ada, id, { reason: 'test', by: 'admin' })
    await vi.waitFor(() => expect(shop.events.of('security-event.sent')).toHaveLength(1), { timeout: 10_000 })
    expect(shop.events.of('security-event.sent')[0]!.detail).toMatchObject({ outcome: 'delivered', tries: 1 })
    const principal = {
      ...ada,
      roles: [],
      amr: [],
      sid: id,
      credential: { kind: 'bearer', ambient: false, issuedAt: now() + 5 },
    }
    expect(billing.env.revocations.find(principal)).toMatchObject({ kind: 'session', id })
  })

  it('what a receiver that is down does not take is sent after a restart of the sender, once', async () => {
    const store = createMemoryStore()
    let up = false
    const bodies: string[] = []
    const server = createServer((req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        if (up) bodies.push(body)
        res.writeHead(up ? 202 : 503).end()
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const receivers = [{ url, audience: transmitter.audience }]
    const send = { issuer: transmitter.issuer, privateKey: signing.privateKey, receivers }
    const first = service(store)
    const stopFirst = securityEventTransmitter({ sessions: first.sessions, ...send })
    const id = await begin(first.sessions)
    await first.sessions.end(ada, id, { reason: 'test' })
    stopFirst()
    await first.env.close()
    up = true
    const second = service(store)
    onTestFinished(securityEventTransmitter({ sessions: second.sessions, ...send }))
    await vi.waitFor(() => expect(bodies).toHaveLength(1), { timeout: 40_000, interval: 50 })
    expect(bodies[0]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  }, 60_000)

  it('a receiver refuses what no transmitter of its own has signed, and names the reason', async () => {
    const { sessions, env } = service()
    const app = await express5Host.start({ use: [receive(sessions, signing.keys, [])] })
    const id = await begin(sessions)
    const send = async (body: string, type = 'application/secevent+jwt') => {
      const answer = await app.fetch('/security-events', { method: 'POST', headers: { 'content-type': type }, body })
      return answer.status === 202 ? 202 : ((await answer.json()) as { err: string }).err
    }
    const base = {
      iss: transmitter.issuer,
      aud: transmitter.audience,
      exp: undefined as never,
      events: { [REVOKED]: {} },
    }
    const own = { ...base, sub_id: { format: 'opaque', id: 's-1' } }
    const typ = { typ: 'secevent+jwt' }
    expect(await send(await token({ ...own, iss: 'https://evil.example' }, typ))).toBe('invalid_issuer')
    expect(await send(await token({ ...own, aud: 'another' }, typ))).toBe('invalid_audience')
    expect(await send(await token(own, { ...typ, key: foreign.privateKey }))).toBe('invalid_key')
    expect(await send(await token(own, { typ: 'JWT' }))).toBe('invalid_request')
    expect(await send(await token(base, typ))).toBe('invalid_request')
    expect(await send('x', 'application/json')).toBe('invalid_request')
    expect(await send('no token')).toBe('invalid_issuer')
    // It speaks of users that are none of its own.
    const user = { format: 'iss_sub', iss: PROVIDER, sub: 'ada' }
    expect(await send(await token({ ...base, sub_id: user }, typ))).toBe('invalid_request')
    const session = { format: 'complex', user, session: { format: 'opaque', id } }
    expect(await send(await token({ ...base, sub_id: session }, typ))).toBe('invalid_request')
    expect(await sessions.list(ada)).toHaveLength(1)
    // Good ones, of several forms; one of another kind is taken and let be.
    expect(await send(await token(own, typ))).toBe(202)
    expect(await send(await token({ ...base, events: { 'urn:other': {} } }, typ))).toBe(202)
    const older = { ...base, events: { [REVOKED]: { subject: { format: 'opaque', id: 's-2' } } } }
    const sent = await token(older, typ)
    expect([await send(sent), await send(sent)]).toEqual([202, 202])
    const principal = { issuer: transmitter.issuer, subject: 'x', roles: [], amr: [], sid: 's-2' }
    const credential = { kind: 'bearer', ambient: false, issuedAt: now() + 5 }
    expect(env.revocations.find({ ...principal, credential })).toBeDefined()
  })

  it('keys that cannot be had are 503, and the sender tries again', async () => {
    const { sessions } = service()
    const options = { ...transmitter, keys: 'http://127.0.0.1:9/jwks' }
    const app = await express5Host.start({ use: [securityEventReceiver({ sessions, transmitters: [options] })] })
    const claims = {
      iss: transmitter.issuer,
      aud: transmitter.audience,
      sub_id: { format: 'opaque', id: 's' },
      events: { [REVOKED]: {} },
    }
    const answer = await app.fetch('/security-events', {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt' },
      body: await token(claims, { typ: 'secevent+jwt' }),
    })
    expect(answer.status).toBe(503)
  })

  it('options that leave a hole are refused at construction', () => {
    const { sessions } = service()
    const keys = signing.keys
    expect(() =>
      backChannelLogout({ sessions, issuer: PROVIDER, clientId: 'a', keys: 'http://id.example.com/jwks' }),
    ).toThrow(/option `keys`/)
    expect(() => backChannelLogout({ sessions, issuer: PROVIDER, keys } as never)).toThrow(/`clientId` is missing/)
    expect(() => securityEventReceiver({ sessions, transmitters: [] })).toThrow(/option `transmitters`/)
    const send = { sessions, issuer: 'a', privateKey: signing.privateKey }
    expect(() =>
      securityEventTransmitter({ ...send, receivers: [{ url: 'http://example.com', audience: 'b' }] }),
    ).toThrow(/option `url`/)
    expect(() => securityEventTransmitter({ ...send, privateKey: keys.keys[0]!, receivers: [] })).toThrow(
      /option `privateKey`/,
    )
  })
})
