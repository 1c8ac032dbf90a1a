import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { exchangeOf } from '@sallyport/core'
import { pushApproval, type PushToSend } from '@sallyport/mfa-gate'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { mfaApp, MINUTE, PASSWORD, type Browser, type MfaAppOptions, type Told } from './support/app.ts'
import { readQr } from './support/qr.ts'

/** A phone of software: has a key, and answers as the page does. */
class Phone {
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly key: string = this.#pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')
  readonly device: string = createHash('sha256').update(Buffer.from(this.key, 'base64url')).digest('base64url')

  register(browser: Browser, uri: string): Promise<Told> {
    const [, tag, id, code] = new URL(uri).hash.slice(1).split('.')
    return browser.post('/mfa/push/register', {
      enrolment: `${tag}.${id}`,
      code,
      public_key: this.key,
      address: 'token of the phone',
    })
  }

  respond(
    browser: Browser,
    challenge: string,
    decision: string,
    number: string,
    twist: { action?: string; signed?: string; key?: KeyObject } = {},
  ): Promise<Told> {
    const text = ['mfa-push', challenge, decision, twist.signed ?? number, twist.action ?? ''].join('\n')
    const key = twist.key ?? this.#pair.privateKey
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    return browser.post('/mfa/push/respond', { challenge, device: this.device, decision, number, signature })
  }
}

async function withPhone(options: MfaAppOptions = {}) {
  const sent: PushToSend[] = []
  const send = (push: PushToSend) => Promise.resolve(void sent.push(push))
  const app = await mfaApp({
    factors: [pushApproval({ send, page: 'https://shop.example.com/mfa/push' })],
    route: ({ mfa }) => [mfa.require()],
    ...options,
  })
  const user = app.browser()
  const phone = new Phone()
  /** The phone has no cookies. */
  const outside = app.browser()
  const begun = (await user.post('/mfa/enroll', { factor: 'push', password: PASSWORD })).body
  expect(readQr(begun.qr.png)).toBe(begun.uri)
  const waiting = await user.post('/mfa/enroll/confirm', { enrolment: begun.enrolment })
  expect([waiting.status, waiting.body]).toEqual([202, { enrolment: begun.enrolment, pending: true }])
  expect((await phone.register(outside, begun.uri)).status).toBe(201)
  expect((await user.post('/mfa/enroll/confirm', { enrolment: begun.enrolment })).status).toBe(201)
  return { ...app, sent, user, phone, outside, begun }
}

async function asked(user: Browser, sent: readonly PushToSend[]) {
  const begun = await user.post('/mfa/challenge', { factor: 'push' })
  const poll = () => user.post('/mfa/verify', { factor: 'push', challenge: begun.body.challenge })
  return { begun, number: String(begun.body.number), challenge: sent.at(-1)!.challenge, poll }
}

describeHosts('approval on a phone', (host) => {
  it('6.6.4: lets in with the number that the screen shows', async () => {
    const { user, sent, phone, outside } = await withPhone({ host })
    const { number, challenge, poll } = await asked(user, sent)
    expect(sent[0]).toMatchObject({
      address: 'token of the phone',
      url: `https://shop.example.com/mfa/push#answer.${challenge}`,
    })
    // Nothing on its way to the phone says the number.
    expect(Object.keys(sent[0]!).toSorted()).toEqual(['account', 'address', 'challenge', 'url'])
    expect([(await poll()).status, (await user.get('/orders')).status]).toEqual([202, 401])
    expect((await phone.respond(outside, challenge, 'approve', number)).body).toEqual({ approved: true })
    expect([(await poll()).status, (await user.get('/orders')).status]).toEqual([200, 200])
    expect((await poll()).body.code).toBe('ERR_MFA_CHALLENGE')
  })
})

describe('a push', () => {
  it('may be asked for as often as it takes', async () => {
    const { user, sent, phone, outside } = await withPhone()
    const { number, challenge, poll } = await asked(user, sent)
    for (let i = 0; i < 30; i++) expect((await poll()).status).toBe(202)
    await phone.respond(outside, challenge, 'approve', number)
    expect((await poll()).status).toBe(200)
  })

  it('with another number approves nothing, and there is no second try', async () => {
    const { user, sent, phone, outside, events } = await withPhone()
    const { number, challenge, poll } = await asked(user, sent)
    const other = number === '42' ? '43' : '42'
    expect((await phone.respond(outside, challenge, 'approve', other)).body).toEqual({ approved: false })
    expect((await phone.respond(outside, challenge, 'approve', number)).body.code).toBe('ERR_MFA_CHALLENGE')
    expect((await poll()).status).toBe(403)
    expect(events.of('mfa.push').map(({ detail }) => detail.action)).toEqual(['mistaken'])
  })

  it('that is denied lets nobody in, and nobody rings again for a while', async () => {
    const { user, sent, phone, outside, events } = await withPhone()
    const { challenge, poll } = await asked(user, sent)
    expect((await phone.respond(outside, challenge, 'deny', '')).body).toEqual({ approved: false })
    expect((await poll()).status).toBe(403)
    const again = await user.post('/mfa/challenge', { factor: 'push' })
    expect([again.status, again.body.code, sent.length]).toEqual([429, 'ERR_MFA_THROTTLED', 1])
    expect(events.of('mfa.push').map(({ detail }) => detail.action)).toEqual(['denied'])
  })

  it('is not sent without end (push bombing)', async () => {
    const { user, sent } = await withPhone()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await user.post('/mfa/challenge', { factor: 'push' })).status)
    expect([statuses, sent.length]).toEqual([[200, 200, 200, 429, 429, 429], 3])
  })

  it.each<[string, Parameters<Phone['respond']>[4]]>([
    ['signed by another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['signed for another number', { signed: '99' }],
    ['signed for an action', { action: 'x' }],
  ])('with an answer %s is not answered', async (_what, twist) => {
    const { user, sent, phone, outside } = await withPhone()
    const { number, challenge, poll } = await asked(user, sent)
    expect((await phone.respond(outside, challenge, 'approve', number, twist)).status).toBe(403)
    expect((await poll()).status).toBe(202)
    expect((await phone.respond(outside, challenge, 'approve', number)).status).toBe(200)
  })

  it('is not answered by a phone of another account, nor by none', async () => {
    const { user, sent, outside } = await withPhone()
    const { number, challenge, poll } = await asked(user, sent)
    expect((await new Phone().respond(outside, challenge, 'approve', number)).status).toBe(403)
    expect((await poll()).status).toBe(202)
  })

  it.each<[string, object, number]>([
    ['of a challenge that is not there', { challenge: `${'A'.repeat(24)}.${'A'.repeat(20)}` }, 400],
    ['of what is no challenge', { challenge: '__proto__' }, 400],
    ['without a signature', { signature: undefined }, 400],
    ['with a signature that is none', { signature: 'AAAA' }, 403],
    ['with another word for it', { decision: 'yes' }, 400],
    ['with a device that is a list', { device: ['x'] }, 400],
  ])('with an answer %s breaks nothing', async (_what, change, status) => {
    const { user, sent, phone, outside } = await withPhone()
    const { challenge } = await asked(user, sent)
    const body = {
      challenge,
      device: phone.device,
      decision: 'approve',
      number: '42',
      signature: 'A'.repeat(86),
      ...change,
    }
    expect((await outside.post('/mfa/push/respond', body)).status).toBe(status)
  })

  it('that is answered by many at once has one answer', async () => {
    const { user, sent, phone, outside, events } = await withPhone()
    const { number, challenge } = await asked(user, sent)
    const all = await Promise.all(
      Array.from({ length: 20 }, () => phone.respond(outside, challenge, 'approve', number)),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(events.of('mfa.push')).toHaveLength(1)
  })

  it('that no phone can be sent is told so', async () => {
    let down = false
    const factor = pushApproval({
      send: () => (down ? Promise.reject(new Error('token abc is gone')) : Promise.resolve()),
      page: 'https://shop.example.com/mfa/push',
    })
    const app = await mfaApp({ factors: [factor] })
    const user = app.browser()
    const { uri, enrolment } = (await user.post('/mfa/enroll', { factor: 'push', password: PASSWORD })).body
    await new Phone().register(app.browser(), uri)
    await user.post('/mfa/enroll/confirm', { enrolment })
    down = true
    const refused = await user.post('/mfa/challenge', { factor: 'push' })
    expect([refused.status, refused.body.code]).toEqual([503, 'ERR_MFA_DELIVERY'])
    expect(JSON.stringify(refused.body)).not.toContain('token abc')
  })
})

describe('a phone', () => {
  it('is set up by who has seen the code, once', async () => {
    const { outside, begun } = await withPhone()
    expect((await new Phone().register(outside, begun.uri)).body.code).toBe('ERR_MFA_CHALLENGE')
    const app = await mfaApp({
      factors: [pushApproval({ send: () => Promise.resolve(), page: 'https://a.example/mfa/push' })],
    })
    const user = app.browser()
    const { uri } = (await user.post('/mfa/enroll', { factor: 'push', password: PASSWORD })).body
    const forged = `${uri.slice(0, -1)}${uri.endsWith('A') ? 'B' : 'A'}`
    expect((await new Phone().register(app.browser(), forged)).body.code).toBe('ERR_MFA_CHALLENGE')
    expect((await new Phone().register(app.browser(), uri)).status).toBe(201)
    expect((await new Phone().register(app.browser(), uri)).status).toBe(400)
  })

  it('has a key of P-256', async () => {
    const app = await mfaApp({
      factors: [pushApproval({ send: () => Promise.resolve(), page: 'https://a.example/mfa/push' })],
    })
    const { uri } = (await app.browser().post('/mfa/enroll', { factor: 'push', password: PASSWORD })).body
    const [, tag, id, code] = new URL(uri).hash.slice(1).split('.')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' })
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
    for (const key of [rsa, p384, Buffer.from('no key')]) {
      const body = { enrolment: `${tag}.${id}`, code, public_key: key.toString('base64url') }
      expect((await app.browser().post('/mfa/push/register', body)).status).toBe(400)
    }
  })

  it('approves the action that it shows, and no other', async () => {
    const { user, sent, phone, outside, clock } = await withPhone({
      route: ({ mfa }) => [
        mfa.approval({
          action: async (seen) => {
            const { value } = await exchangeOf(seen)!.readBody(1000)
            return { text: `Pay ${(value as { amount: number }).amount}` }
          },
        }),
      ],
    })
    const approval = (await user.post('/orders', { amount: 500 })).headers['x-mfa-approval'] as string
    const begun = (await user.post('/mfa/challenge', { factor: 'push', approval })).body
    const { challenge, action } = sent.at(-1)!
    expect(action?.text).toBe('Pay 500')
    const shown = (await outside.post('/mfa/push/pending', { challenge })).body
    expect(shown).toEqual({ text: 'Pay 500', action: action!.hash, expires_in: 300 })
    const number = String(begun.number)
    // Signed for a login, it is no approval.
    expect((await phone.respond(outside, challenge, 'approve', number)).status).toBe(403)
    expect((await phone.respond(outside, challenge, 'approve', number, { action: action!.hash })).status).toBe(200)
    expect((await user.post('/mfa/verify', { factor: 'push', challenge: begun.challenge })).body.code).toBe(
      'ERR_MFA_CHALLENGE',
    )
    expect((await user.post('/mfa/verify', { factor: 'push', challenge: begun.challenge, approval })).status).toBe(200)
    expect((await user.post('/orders', { amount: 501 }, { 'x-mfa-approval': approval })).status).toBe(403)
    expect((await user.post('/orders', { amount: 500 }, { 'x-mfa-approval': approval })).status).toBe(200)
    clock.set(clock.now() + MINUTE)
  })
})

it('the page lets nothing run but itself', async () => {
  const { outside } = await withPhone()
  const page = await outside.get('/mfa/push')
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'; connect-src 'self'; /,
  )
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
})
