import { createHmac, randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing, defineMiddleware, type Environment } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { tokenIssuer, type TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { inToken, mfaGate, totp, type MfaGate } from '@sallyport/mfa-gate'
import { decodeJwt } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import type { Host, RunningApp } from '../hosts/host.ts'

const ISSUER = 'https://id.example.com'
const keyRing = createKeyRing({ keys: [{ id: '2026-01', key: randomBytes(32) }] })
const secret = randomBytes(20)

interface Scene {
  readonly clock: ReturnType<typeof createTestClock>
  readonly env: Environment
  readonly issuer: TokenIssuer
  readonly mfa: MfaGate
  readonly app: RunningApp
  code(): string
  post(path: string, body: object, token?: string): Promise<{ status: number; body: Record<string, unknown> }>
  ask(token: string): Promise<{ status: number; challenge: string | null }>
}

/** An API that takes tokens of its own issuer, and demands a second factor of the last five minutes. */
async function api(host: Host): Promise<Scene> {
  const clock = createTestClock()
  const env = createEnvironment({ clock, keyRing })
  onTestFinished(() => env.close())
  const issuer = tokenIssuer({ issuer: ISSUER, audience: 'orders-api', env })
  const auth = jwtAuth({ issuer: ISSUER, audience: 'orders-api', jwks: await issuer.jwks(), env })
  const mfa = mfaGate({
    env,
    factors: [totp({ issuer: 'Shop' })],
    stepUpError: auth.stepUp,
    carrier: inToken({
      async issue({ principal, claims }) {
        const { subject, amr, acr, authTime, sid } = principal
        const grant = {
          subject,
          amr,
          authTime: authTime!,
          claims,
          ...(acr !== undefined && { acr }),
          ...(sid && { sid }),
        }
        return { access_token: (await issuer.accessToken(grant)).accessToken }
      },
    }),
  })
  const optional = jwtAuth({ issuer: ISSUER, audience: 'orders-api', jwks: await issuer.jwks(), env, required: false })
  const login = defineMiddleware({
    name: 'login',
    environment: env,
    async gate(exchange) {
      if (exchange.path !== '/login') return undefined
      const begun = await mfa.beginLogin({ issuer: ISSUER, subject: 'ada', amr: ['pwd'] }, exchange.host.seen)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(begun) }
    },
  })
  const app = await host.start({ use: [login, optional, mfa.routes()], route: [mfa.require({ maxAge: '5m' })] })
  return {
    ...{ clock, env, issuer, mfa, app },
    code() {
      const counter = Buffer.alloc(8)
      counter.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 30_000)))
      const digest = createHmac('sha1', secret).update(counter).digest()
      return String((digest.readUInt32BE(digest[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
    },
    async post(path, body, token) {
      const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
      const response = await app.fetch(path, { method: 'POST', body: JSON.stringify(body), headers })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
    async ask(token) {
      const response = await app.fetch('/orders', { headers: { authorization: `Bearer ${token}` } })
      return { status: response.status, challenge: response.headers.get('www-authenticate') }
    },
  }
}

const ada = { issuer: ISSUER, subject: 'ada' }
const imported = { secret: secret.toString('hex'), encoding: 'hex' }

describeHosts('second factors on access tokens', (host) => {
  it('a step-up is asked for by RFC 9470 and comes as a new token, and the old one ends', async () => {
    const { issuer, mfa, post, ask, code, clock } = await api(host)
    await mfa.import(ada, 'totp', imported)
    const authTime = clock.now() / 1000
    const { accessToken } = await issuer.accessToken({ subject: 'ada', amr: ['pwd'], authTime })
    const refused = await ask(accessToken)
    expect(refused.status).toBe(401)
    expect(refused.challenge).toMatch(
      /^Bearer realm="api", error="insufficient_user_authentication", .*acr_values="aal2", max_age="300"$/,
    )
    clock.set(clock.now() + 60_000)
    const stepped = await post('/mfa/verify', { factor: 'totp', code: code() }, accessToken)
    expect(stepped.status).toBe(200)
    const token = stepped.body['access_token'] as string
    const now = clock.now() / 1000
    expect(decodeJwt(token)).toMatchObject({ amr: ['pwd', 'totp', 'otp', 'mfa'], acr: 'aal2', auth_time: now })
    expect(decodeJwt(token)['mfa']).toEqual({ methods: { pwd: authTime, totp: now }, amr: ['totp', 'otp', 'mfa'] })
    expect(decodeJwt(token).jti).not.toBe(decodeJwt(accessToken).jti)
    expect([(await ask(token)).status, (await ask(accessToken)).status]).toEqual([200, 401])
    clock.set(clock.now() + 306_000)
    expect((await ask(token)).status).toBe(401)
  })

  it('6.3.4: a login that gives no token before the second factor gives one with it, once', async () => {
    const { mfa, post, ask, code, clock } = await api(host)
    expect((await post('/login', {})).body).toEqual({ next: 'complete' })
    await mfa.import(ada, 'totp', imported)
    const begun = (await post('/login', {})).body
    expect(begun).toEqual({ next: 'verify', ticket: expect.stringMatching(/^mt1_/), methods: ['totp'] })
    const ticket = begun['ticket'] as string
    expect((await post('/login-mfa', { ticket, factor: 'totp', code: '000000' })).status).toBe(403)
    const done = await post('/login-mfa', { ticket, factor: 'totp', code: code() })
    expect(done).toMatchObject({ status: 200, body: { amr: ['pwd', 'totp', 'otp', 'mfa'], acr: 'aal2' } })
    expect((await ask(done.body['access_token'] as string)).status).toBe(200)
    clock.set(clock.now() + 30_000)
    for (const again of [ticket, `${ticket.slice(0, -1)}A`, 'x', ''])
      expect((await post('/login-mfa', { ticket: again, factor: 'totp', code: code() })).status).toBe(
        again === '' ? 401 : 403,
      )
  })

  it('a ticket ends', async () => {
    const { mfa, post, code, clock } = await api(host)
    await mfa.import(ada, 'totp', imported)
    const { ticket } = (await post('/login', {})).body
    clock.set(clock.now() + 300_000)
    expect((await post('/login-mfa', { ticket, factor: 'totp', code: code() })).body).toMatchObject({
      code: 'ERR_MFA_TICKET',
    })
  })
})
