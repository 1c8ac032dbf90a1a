import { mfaGate, totp, yearlyRisk, type RateLimiter } from '@sallyport/mfa-gate'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { describe, expect, it, vi } from 'vitest'
import { ada, codeOf, DAY, enrolTotp, mfaApp, SECOND, testEnvironment } from './support/app.ts'

const wrong = { factor: 'totp', code: '000000' }

describe('6.3.1: a year of guessing', () => {
  it('is less than one in a thousand with the defaults: computed', () => {
    const risk = yearlyRisk({ window: 7 * 86_400, points: 12, reserve: 6 })
    // 54 weeks are touched by a year, of 18 guesses each.
    expect(risk).toBeCloseTo(1 - (1 - 1e-6) ** 972, 12)
    expect(risk).toBeLessThan(0.001)
  })

  it('is as many guesses as was computed: counted, by an attacker who has everything but the code', async () => {
    const { browser, clock, mfa } = await mfaApp({ budgets: { perAddress: 10_000 } })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const thief = browser()
    let judged = 0
    // By the day, for a year: as often as it takes until nothing is judged any more.
    for (let day = 0; day < 365; day++) {
      for (;;) {
        const { status } = await thief.post('/mfa/verify', wrong)
        if (status !== 403) break
        judged++
      }
      clock.set(clock.now() + DAY)
    }
    expect(judged).toBeGreaterThan(500)
    // Without the reserve, which is for devices that are known.
    expect(judged).toBeLessThanOrEqual(54 * 12)
    expect(1 - (1 - 1e-6) ** judged).toBeLessThan(0.001)
  })

  it('does not start with budgets by which it would be more', () => {
    const start = (budgets: object) => mfaGate({ env: testEnvironment(), factors: [totp({ issuer: 'Shop' })], budgets })
    expect(() => start({ perAccount: 13 })).toThrow(/chance of 0\.10 %; accepted is less than 0\.1 %/)
    expect(() => start({ window: '1d' })).toThrow(/perAccount/)
    expect(() => start({ perAccount: 100, window: '365d' })).not.toThrow()
  })

  it('is no more for an account with several authenticators, or with drift: each guess costs more', async () => {
    const factor = totp({ issuer: 'Shop', drift: 1 })
    const { browser, mfa } = await mfaApp({ factors: [factor] })
    for (let i = 0; i < 2; i++) await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const thief = browser()
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await thief.post('/mfa/verify', wrong)).status)
    expect(statuses).toEqual([403, 403, 429, 429])
  })

  it('is bounded on the routes of step-up and of login together', async () => {
    const { browser, mfa } = await mfaApp()
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const thief = browser()
    const statuses: number[] = []
    for (let i = 0; i < 14; i++)
      statuses.push((await thief.post(i % 2 === 0 ? '/mfa/verify' : '/login-mfa', wrong)).status)
    expect(statuses.filter((status) => status === 403)).toHaveLength(12)
    expect(statuses.slice(12)).toEqual([429, 429])
  })
})

describe('6.3.1: a stranger who guesses', () => {
  it('does not lock out the owner: who is known has a reserve, and paper and keys are not counted', async () => {
    const { browser, clock } = await mfaApp()
    const owner = browser()
    const secret = await enrolTotp(owner, clock)
    await owner.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock), trust: true })
    const { codes } = (await owner.post('/mfa/recovery-codes')).body
    const thief = browser()
    for (let i = 0; i < 20; i++) await thief.post('/mfa/verify', wrong)
    expect((await thief.post('/mfa/verify', wrong)).status).toBe(429)
    clock.set(clock.now() + 30 * SECOND)
    // The session that has a second factor, a new one on the trusted device, and one with a code of paper.
    expect((await owner.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })).status).toBe(200)
    const device = browser()
    device.cookies.set('__Host-mfa-device', owner.cookies.get('__Host-mfa-device')!)
    clock.set(clock.now() + 30 * SECOND)
    expect((await device.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })).status).toBe(200)
    expect((await browser().post('/login-mfa', { factor: 'recovery', code: codes[0]! })).status).toBe(200)
  })

  it('learns when to come again, and an event tells of it', async () => {
    const { browser, mfa, events } = await mfaApp()
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const thief = browser()
    for (let i = 0; i < 12; i++) await thief.post('/mfa/verify', wrong)
    const refused = await thief.post('/mfa/verify', wrong)
    expect([refused.status, refused.body.code]).toEqual([429, 'ERR_MFA_THROTTLED'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60)
    expect(events.of('mfa.throttled').map(({ detail }) => detail.budget)).toEqual(['guesses'])
  })

  it('at many accounts from one address is stopped as well', async () => {
    let n = 0
    const { browser } = await mfaApp({
      login: () => ({ user: `user ${n++}`, amr: ['pwd'] }),
      budgets: { perAddress: 20 },
    })
    const statuses: number[] = []
    for (let i = 0; i < 25; i++) statuses.push((await browser().post('/mfa/verify', wrong)).status)
    expect(statuses.filter((status) => status === 403)).toHaveLength(20)
    expect(statuses.at(-1)).toBe(429)
  })

  it('learns nothing of which accounts have a second factor', async () => {
    let user = 'ada'
    const { browser, mfa } = await mfaApp({ login: () => ({ user, amr: ['pwd'] }) })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const tried = async () => {
      const answers = []
      for (let i = 0; i < 13; i++) answers.push((await browser().post('/mfa/verify', wrong)).status)
      return answers
    }
    const enrolled = await tried()
    user = 'eve'
    expect(await tried()).toEqual(enrolled)
  })
})

describe('right codes', () => {
  it('cost nothing, however many', async () => {
    const { browser, clock } = await mfaApp({ budgets: { perAddress: 3 } })
    const user = browser()
    const secret = await enrolTotp(user, clock)
    for (let i = 0; i < 30; i++) {
      expect((await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })).status).toBe(200)
      clock.set(clock.now() + 30 * SECOND)
    }
  })
})

describe('limiters', () => {
  it('are the app’s own: each is made once, with what is to be counted', async () => {
    const made: string[] = []
    await mfaApp({
      budgets: {
        limiter: (spec) => {
          made.push(`${spec.keyPrefix} ${spec.points}/${spec.duration}`)
          return new RateLimiterMemory({ ...spec })
        },
      },
    })
    expect(made).toEqual([
      'sallyport-mfa-address 50/3600',
      'sallyport-mfa-sends 4/900',
      'sallyport-mfa-passwords 10/900',
    ])
  })

  it.each<[string, RateLimiter]>([
    [
      'is down',
      { consume: () => Promise.reject(new Error('ECONNREFUSED redis.internal')), reward: () => Promise.resolve() },
    ],
    ['never answers', { consume: () => new Promise(() => undefined), reward: () => Promise.resolve() }],
  ])('16.5.3: one that %s lets nobody guess', async (_what, limiter) => {
    const { browser, clock, mfa } = await mfaApp({ budgets: { limiter: () => limiter } })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    let answer: Awaited<ReturnType<ReturnType<typeof browser>['post']>> | undefined
    void browser()
      .post('/mfa/verify', wrong)
      .then((told) => (answer = told))
    await vi.waitFor(async () => {
      await clock.advance(500)
      expect(answer).toBeDefined()
    })
    expect([answer!.status, answer!.body.code]).toEqual([503, 'ERR_MFA_LIMITER'])
    expect(JSON.stringify(answer!.body)).not.toContain('redis.internal')
  })
})
