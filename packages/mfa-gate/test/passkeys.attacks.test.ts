import { generateKeyPairSync } from 'node:crypto'
import { mfaGate } from '@sallyport/mfa-gate'
import { passkeys, type PasskeyOptions } from '@sallyport/mfa-gate/passkeys'
import { describe, expect, it } from 'vitest'
import { mfaApp, PASSWORD, testEnvironment, type Browser, type MfaApp } from './support/app.ts'
import { VirtualKey, type Twist } from './support/virtual-key.ts'

const ORIGIN = 'https://shop.example.com'
const base: PasskeyOptions = { rpId: 'example.com', rpName: 'Shop', origins: [ORIGIN] }

interface Scene extends MfaApp {
  readonly user: Browser
  readonly key: VirtualKey
}

/** Somebody with one passkey. */
async function withKey(options: Partial<PasskeyOptions> = {}): Promise<Scene> {
  const app = await mfaApp({ factors: [passkeys({ ...base, ...options })], route: ({ mfa }) => [mfa.require()] })
  const user = app.browser()
  return { ...app, user, key: await enrol(user) }
}

async function enrol(user: Browser, twist: Twist = {}): Promise<VirtualKey> {
  const key = new VirtualKey(ORIGIN)
  const begun = await user.post('/mfa/enroll', { factor: 'passkey', password: PASSWORD })
  const credential = key.create(begun.body.options, twist)
  const confirmed = await user.post('/mfa/enroll/confirm', { enrolment: begun.body.enrolment, credential })
  if (confirmed.status !== 201) throw new Error(`${confirmed.status} ${String(confirmed.body.code)}`)
  return key
}

async function begin(user: Browser): Promise<{ options: never; challenge: string }> {
  return (await user.post('/mfa/challenge', { factor: 'passkey' })).body
}

async function present(user: Browser, key: VirtualKey, twist: Twist = {}): Promise<number> {
  const { options, challenge } = await begin(user)
  return (await user.post('/mfa/verify', { factor: 'passkey', challenge, credential: key.get(options, twist) })).status
}

describe('6.7.1: a passkey', () => {
  it('is set up, and lets its owner in', async () => {
    const { user, key } = await withKey()
    expect((await user.get('/orders')).status).toBe(401)
    const { options, challenge } = await begin(user)
    expect(options).toMatchObject({
      rpId: 'example.com',
      userVerification: 'required',
      allowCredentials: [{ id: key.id }],
    })
    const verified = await user.post('/mfa/verify', { factor: 'passkey', challenge, credential: key.get(options) })
    expect(verified).toMatchObject({
      status: 200,
      body: { amr: ['pwd', 'passkey', 'pop', 'hwk', 'user', 'mfa'], acr: 'aal2' },
    })
    expect((await user.get('/orders')).status).toBe(200)
  })

  it('says on both sides that the user is verified: SimpleWebAuthn’s own default only prefers it', async () => {
    const { user } = await withKey()
    const { options } = await begin(user)
    expect(options).toMatchObject({ userVerification: 'required' })
    const second = (await user.post('/mfa/verify', { factor: 'password', password: PASSWORD })).status
    expect(second).toBe(200)
  })
})

describe('an assertion is refused', () => {
  it.each<[string, Twist]>([
    ['of another site', { origin: 'https://evil.example' }],
    ['of a subdomain that is not listed', { origin: 'https://blog.example.com' }],
    ['for another domain', { rpId: 'evil.example' }],
    ['for another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['without the user being verified', { userVerified: false }],
    ['without the user being there', { userPresent: false }],
    ['signed by another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['for another account', { userHandle: Buffer.from('somebody else').toString('base64url') }],
    ['made in a frame of another site', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['made in a frame of which nobody says whose it is', { crossOrigin: true }],
    ['with a top page and yet in no frame', { topOrigin: ORIGIN }],
    ['with an id that is not its raw id', { rawId: 'AAAA' }],
    ['of a passkey that nobody has', { id: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('%s', async (_what, twist) => {
    const { user, key, events } = await withKey()
    expect(await present(user, key, twist)).toBe(403)
    expect(events.of('mfa.refused')).toHaveLength(1)
    expect(await present(user, key)).toBe(200)
  })

  it('under the id of another passkey of the account, whose signature it is not', async () => {
    const { user, key } = await withKey()
    await present(user, key)
    const other = await enrol(user)
    expect(await present(user, key, { id: other.id })).toBe(403)
    expect(await present(user, other)).toBe(200)
  })

  it('when it comes again, also at counter 0, and once of twenty at once', async () => {
    const { user, key } = await withKey()
    const { options, challenge } = await begin(user)
    const credential = key.get(options)
    const cookies = new Map(user.cookies)
    const first = await user.post('/mfa/verify', { factor: 'passkey', challenge, credential })
    const again = await user.post('/mfa/verify', { factor: 'passkey', challenge, credential })
    expect([first.status, again.status, again.body.code]).toEqual([200, 400, 'ERR_MFA_CHALLENGE'])
    expect(cookies.size).toBeGreaterThan(0)
    const next = await begin(user)
    const same = key.get(next.options)
    const all = await Promise.all(
      Array.from({ length: 20 }, () =>
        user.post('/mfa/verify', { factor: 'passkey', challenge: next.challenge, credential: same }),
      ),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('in another login than it was begun in', async () => {
    let authTime = 1
    const app = await mfaApp({ factors: [passkeys(base)], login: () => ({ user: 'ada', amr: ['pwd'], authTime }) })
    const user = app.browser()
    const key = await enrol(user)
    const { options, challenge } = await begin(user)
    authTime = 2
    const body = { factor: 'passkey', challenge, credential: key.get(options) }
    expect((await user.post('/mfa/verify', body)).body.code).toBe('ERR_MFA_CHALLENGE')
  })
})

describe('the counter', () => {
  it('refuses a copy that is behind, and not a key that does not count', async () => {
    const { user, key } = await withKey()
    for (const counter of [0, 0, 5, 6]) expect(await present(user, key, { counter }), String(counter)).toBe(200)
    for (const counter of [6, 5, 0]) expect(await present(user, key, { counter }), String(counter)).toBe(403)
    expect(await present(user, key, { counter: 7 })).toBe(200)
  })

  it('is not moved by what is not signed: nobody locks the owner out by a high one', async () => {
    const { user, key } = await withKey()
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    expect(await present(user, key, { counter: 1 })).toBe(200)
    expect(await present(user, key, { counter: 4_000_000_000, key: stranger })).toBe(403)
    expect(await present(user, key, { counter: 2 })).toBe(200)
  })
})

describe('a registration is refused', () => {
  it.each<[string, Twist]>([
    ['of another site', { origin: 'https://evil.example' }],
    ['for another domain', { rpId: 'evil.example' }],
    ['for another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['without the user being verified', { userVerified: false }],
    ['made in a frame', { crossOrigin: true }],
    ['that is an assertion', { type: 'webauthn.get' }],
  ])('%s', async (_what, twist) => {
    const app = await mfaApp({ factors: [passkeys(base)] })
    await expect(enrol(app.browser(), twist)).rejects.toThrow('403 ERR_MFA_REFUSED')
  })

  it.each<[string, unknown, number]>([
    ['nothing', undefined, 400],
    ['a text', 'credential', 400],
    ['an empty object', {}, 400],
    ['an id that is no text', { id: 1, rawId: 1, type: 'public-key', response: {} }, 400],
    ['a response that is none', { id: 'AA', rawId: 'AA', type: 'public-key', response: {} }, 403],
    [
      'client data that is no JSON',
      { id: 'AA', rawId: 'AA', type: 'public-key', response: { clientDataJSON: 'AAAA' } },
      403,
    ],
    [
      'client data that is null',
      { id: 'AA', rawId: 'AA', type: 'public-key', response: { clientDataJSON: 'bnVsbA' } },
      403,
    ],
    [
      'an attestation that is no CBOR',
      { id: 'AA', rawId: 'AA', type: 'public-key', response: { clientDataJSON: 'e30', attestationObject: 'AAAA' } },
      403,
    ],
  ])('that holds %s, and nothing breaks', async (_what, credential, status) => {
    const app = await mfaApp({ factors: [passkeys(base)] })
    const user = app.browser()
    const { enrolment } = (await user.post('/mfa/enroll', { factor: 'passkey', password: PASSWORD })).body
    const refused = await user.post('/mfa/enroll/confirm', { enrolment, credential })
    expect(refused.status).toBe(status)
    expect(JSON.stringify(refused.body)).not.toMatch(/AAAA|Unexpected/)
  })
})

it('a page may be in a frame of a listed page, and of no other', async () => {
  const { user, key } = await withKey({ topOrigins: ['https://partner.example'] })
  expect(await present(user, key, { crossOrigin: true, topOrigin: 'https://partner.example' })).toBe(200)
  expect(await present(user, key, { crossOrigin: true, topOrigin: 'https://evil.example' })).toBe(403)
  expect(await present(user, key, { crossOrigin: true })).toBe(403)
})

describe('options', () => {
  it.each<[string, Partial<PasskeyOptions>, RegExp]>([
    [
      'an origin of another domain',
      { origins: ['https://other.example'] },
      /origin 'https:\/\/other.example' is not within `rpId`/,
    ],
    ['an origin with a path', { origins: ['https://shop.example.com/login'] }, /option `origins`/],
    ['plain HTTP', { origins: ['http://shop.example.com'] }, /option `origins`/],
    ['a domain with a scheme', { rpId: 'https://example.com' }, /option `rpId`/],
    [
      'a word that is none',
      { userVerification: 'preferred' as never },
      /option `userVerification` .*'required' or 'discouraged'/,
    ],
  ])('with %s do not start', (_what, options, message) => {
    expect(() => passkeys({ ...base, ...options })).toThrow(message)
  })

  it('take a port and localhost', () => {
    const factor = passkeys({ rpId: 'localhost', rpName: 'Shop', origins: ['http://localhost:3000'] })
    expect(() => mfaGate({ env: testEnvironment(), factors: [factor] })).not.toThrow()
  })
})
