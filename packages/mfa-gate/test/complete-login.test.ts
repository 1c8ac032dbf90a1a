import { appSessionOf, exchangeOf } from '@sallyport/core'
import { recoveryCodes, totp, type MfaGate, type StepUpCarrier, type StepUpResult } from '@sallyport/mfa-gate'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { ada, codeOf, mfaApp } from './support/app.ts'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** A login that the app has begun; nobody is logged in by it yet. */
async function begun(mfa: MfaGate): Promise<string> {
  await mfa.import(ada, 'totp', { secret })
  const login = await mfa.beginLogin({ subject: 'ada', amr: ['pwd'], roles: ['buyer'], data: { cart: 7 } })
  if (login.next !== 'verify') throw new Error(`Unexpected: ${login.next}`)
  expect(login.methods).toEqual(['totp'])
  return login.ticket
}

describeHosts('completeLogin()', (host) => {
  it('is called once, with what was proved and what the app kept, and its answer is told to the client', async () => {
    const results: StepUpResult[] = []
    const { browser, clock, mfa } = await mfaApp({
      host,
      login: {},
      completeLogin(result, seen) {
        results.push(result)
        appSessionOf(exchangeOf(seen)!)!.set('user', result.account.subject)
        return { welcome: result.account.subject }
      },
    })
    const ticket = await begun(mfa)
    const wrong = await browser().post('/login-mfa', { ticket, factor: 'totp', code: '000000' })
    expect([wrong.status, results]).toEqual([403, []])
    const right = { ticket, factor: 'totp', code: await codeOf(secret, clock) }
    const told = await browser().post('/login-mfa', right)
    expect([told.status, told.body]).toMatchObject([200, { welcome: 'ada', acr: 'aal2' }])
    expect(results).toMatchObject([
      { account: ada, data: { cart: 7 }, login: { roles: ['buyer'] }, principal: { acr: 'aal2', subject: 'ada' } },
    ])
    expect(results[0]!.principal.amr).toEqual(['pwd', 'totp', 'otp', 'mfa'])
    // The ticket is used up, also with a code that is still to come.
    clock.set(clock.now() + 30_000)
    const again = await browser().post('/login-mfa', { ...right, code: await codeOf(secret, clock) })
    expect([again.status, again.body.code, results.length]).toEqual([403, 'ERR_MFA_TICKET', 1])
  })

  it('is not called by the page of another site, which would log its visitors in', async () => {
    let calls = 0
    const { browser, clock, mfa } = await mfaApp({ host, login: {}, completeLogin: () => void calls++ })
    const fields = { ticket: await begun(mfa), factor: 'totp', code: await codeOf(secret, clock) }
    const crossed = await browser().post('/login-mfa', fields, { 'sec-fetch-site': 'cross-site' })
    expect([crossed.status, crossed.body.code, calls]).toEqual([403, 'ERR_CROSS_ORIGIN', 0])
    expect((await browser().post('/login-mfa', fields)).status).toBe(200)
    expect(calls).toBe(1)
  })
})

describe('one hundred submissions of one ticket at the same moment', () => {
  it('complete one login', async () => {
    let calls = 0
    const { browser, clock, mfa } = await mfaApp({
      login: {},
      factors: [totp({ issuer: 'Shop' }), recoveryCodes()],
      budgets: { perAddress: 10_000 },
      completeLogin: () => void calls++,
    })
    const fields = { ticket: await begun(mfa), factor: 'totp', code: await codeOf(secret, clock) }
    const answers = await Promise.all(Array.from({ length: 100 }, () => browser().post('/login-mfa', fields)))
    expect([answers.filter(({ status }) => status === 200).length, calls]).toEqual([1, 1])
  })
})

describe('what completeLogin() throws', () => {
  it('is a failure of the app, logs nobody in, and its text goes nowhere', async () => {
    const kept: unknown[] = []
    const carrier: StepUpCarrier = {
      read: () => undefined,
      keep: (_e, result) => Promise.resolve({ n: kept.push(result) }),
    }
    const { browser, clock, mfa } = await mfaApp({
      login: {},
      carrier,
      completeLogin: () => Promise.reject(new Error('password of the database')),
    })
    const fields = { ticket: await begun(mfa), factor: 'totp', code: await codeOf(secret, clock) }
    const answer = await browser().post('/login-mfa', fields)
    expect([answer.status, kept]).toEqual([503, []])
    expect(JSON.stringify(answer.body)).not.toContain('database')
  })
})
