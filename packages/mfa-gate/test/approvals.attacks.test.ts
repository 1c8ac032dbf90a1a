import { exchangeOf } from '@sallyport/core'
import { emailCodes, recoveryCodes, totp, type CodeToSend } from '@sallyport/mfa-gate'
import { passkeys } from '@sallyport/mfa-gate/passkeys'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { codeOf, enrolTotp, mfaApp, MINUTE, PASSWORD, type Browser, type MfaAppOptions } from './support/app.ts'

/** Payments, each approved by itself. */
async function bank(options: MfaAppOptions = {}, methods?: readonly string[]) {
  const sent: CodeToSend[] = []
  const transport = { sendMail: () => Promise.resolve() }
  const message = (code: CodeToSend) => {
    sent.push(code)
    return { subject: 'x', text: 'x' }
  }
  const app = await mfaApp({
    factors: [
      totp({ issuer: 'Bank' }),
      recoveryCodes(),
      emailCodes({ transport, from: 'bank@example.com', message }),
      passkeys({ rpId: 'bank.example', rpName: 'Bank', origins: ['https://bank.example'] }),
    ],
    route: ({ mfa }) => [
      mfa.approval({
        async action(seen) {
          const { value } = await exchangeOf(seen)!.readBody(10_000)
          const { to, amount } = value as { to: string; amount: number }
          return { text: `Pay ${amount} EUR to ${to}`, details: { to, amount } }
        },
        ...(methods && { methods }),
      }),
    ],
    handler: () => ({ body: { paid: true } }),
    ...options,
  })
  const user = app.browser()
  const secret = await enrolTotp(user, app.clock)
  return { ...app, sent, user, secret }
}

const rent = { to: 'ACME', amount: 500 }
const pay = (user: Browser, body: object, approval?: string) =>
  user.post('/orders', body, approval === undefined ? {} : { 'x-mfa-approval': approval })

async function asked(user: Browser, body: object = rent): Promise<string> {
  const refused = await pay(user, body)
  expect([refused.status, refused.body.code]).toEqual([403, 'ERR_MFA_APPROVAL_REQUIRED'])
  return refused.headers['x-mfa-approval'] as string
}

describeHosts('an approval of one action', (host) => {
  it('is given by a code, and used once', async () => {
    const { user, secret, clock } = await bank({ host })
    const approval = await asked(user)
    const given = await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })
    expect([given.status, given.body]).toEqual([200, { approval, approved: true }])
    expect([(await pay(user, rent, approval)).body, (await pay(user, rent, approval)).status]).toEqual([
      { paid: true },
      403,
    ])
  })
})

describe('an approval', () => {
  it('is refused for any other action', async () => {
    const { user, secret, clock } = await bank()
    const approval = await asked(user)
    await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })
    for (const other of [
      { ...rent, amount: 5000 },
      { ...rent, to: 'EVE' },
      { to: 'ACME', amount: '500' },
    ])
      expect((await pay(user, other, approval)).status).toBe(403)
    // The order in which a client writes its fields says nothing.
    expect((await pay(user, { amount: 500, to: 'ACME' }, approval)).status).toBe(200)
  })

  it('that nobody has given is none, nor is a login with a second factor', async () => {
    const { user, secret, clock } = await bank()
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const approval = await asked(user)
    for (const id of [approval, 'x', '', 'A'.repeat(20), '__proto__'])
      expect((await pay(user, rent, id)).status).toBe(403)
  })

  it('is not given by the password, by a wrong code, or by a code that was used', async () => {
    const { user, secret, clock } = await bank()
    const approval = await asked(user)
    const give = (body: object) => user.post('/mfa/verify', { approval, ...body })
    expect((await give({ factor: 'password', password: PASSWORD })).status).toBe(400)
    expect((await give({ factor: 'totp', code: '000000' })).status).toBe(403)
    const code = await codeOf(secret, clock)
    await user.post('/mfa/verify', { factor: 'totp', code })
    expect((await give({ factor: 'totp', code })).status).toBe(403)
    expect((await pay(user, rent, approval)).status).toBe(403)
  })

  it('6.6.2: is named in the message, whose code is good for nothing else', async () => {
    const { user, secret, clock, sent } = await bank()
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const { enrolment } = (await user.post('/mfa/enroll', { factor: 'email', address: 'ada@example.com' })).body
    await user.post('/mfa/enroll/confirm', { enrolment, code: sent[0]!.code })
    const [first, second] = [await asked(user), await asked(user, { to: 'EVE', amount: 9000 })]
    const { challenge } = (await user.post('/mfa/challenge', { factor: 'email', approval: first })).body
    expect(sent[1]).toMatchObject({ purpose: 'approval', action: { text: 'Pay 500 EUR to ACME' } })
    const { code } = sent[1]!
    const elsewhere = await user.post('/mfa/verify', { approval: second, factor: 'email', challenge, code })
    const login = await user.post('/mfa/verify', { factor: 'email', challenge, code })
    expect([elsewhere.body.code, login.body.code]).toEqual(['ERR_MFA_CHALLENGE', 'ERR_MFA_CHALLENGE'])
    expect((await user.post('/mfa/verify', { approval: first, factor: 'email', challenge, code })).status).toBe(200)
    expect((await pay(user, rent, first)).status).toBe(200)
  })

  it('is not given by a code that was sent for a login', async () => {
    const { user, secret, clock, sent } = await bank()
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const { enrolment } = (await user.post('/mfa/enroll', { factor: 'email', address: 'ada@example.com' })).body
    await user.post('/mfa/enroll/confirm', { enrolment, code: sent[0]!.code })
    const { challenge } = (await user.post('/mfa/challenge', { factor: 'email' })).body
    const approval = await asked(user)
    const refused = await user.post('/mfa/verify', { approval, factor: 'email', challenge, code: sent[1]!.code })
    expect(refused.body.code).toBe('ERR_MFA_CHALLENGE')
  })

  it('ends, before it is given and after', async () => {
    const { user, secret, clock } = await bank()
    const late = await asked(user)
    clock.set(clock.now() + 5 * MINUTE)
    const give = async (approval: string) =>
      (await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })).status
    expect(await give(late)).toBe(400)
    const given = await asked(user)
    expect(await give(given)).toBe(200)
    clock.set(clock.now() + 5 * MINUTE)
    expect((await pay(user, rent, given)).status).toBe(403)
  })

  it('of one account is none of another', async () => {
    let name = 'ada'
    const { user, browser, secret, clock } = await bank({ login: () => ({ user: name, amr: ['pwd'] }) })
    const approval = await asked(user)
    await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })
    name = 'eve'
    expect((await pay(browser(), rent, approval)).status).toBe(403)
  })

  it('is used once of twenty times at once', async () => {
    const { user, secret, clock } = await bank()
    const approval = await asked(user)
    await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })
    const all = await Promise.all(Array.from({ length: 20 }, () => pay(user, rent, approval)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('is given by the named methods only', async () => {
    const { user, secret, clock } = await bank({}, ['passkey'])
    const approval = await asked(user)
    const refused = await user.post('/mfa/verify', { approval, factor: 'totp', code: await codeOf(secret, clock) })
    expect(refused.body.code).toBe('ERR_MFA_CHALLENGE')
  })

  it('of nobody is 401', async () => {
    const { browser } = await bank({ login: () => ({ user: 'ada', amr: ['pwd'] }) })
    expect(browser().cookies.size).toBe(0)
    const nobody = await mfaApp({ login: {}, route: ({ mfa }) => [mfa.approval({ action: () => ({ text: 'x' }) })] })
    expect((await nobody.browser().post('/orders')).status).toBe(401)
  })

  it('by a factor that is not there does not start', async () => {
    await expect(bank({}, ['passkeys'])).rejects.toThrow(/option `methods` .*totp, recovery, email, passkey/)
  })
})
