import { createTestClock } from '@sallyport/core/testing'
import { mfaGate, totp } from '@sallyport/mfa-gate'
import { describe, expect, it } from 'vitest'
import {
  ada,
  codeOf,
  enrolTotp,
  mfaApp,
  PASSWORD,
  SECOND,
  testEnvironment,
  type Browser,
  type MfaApp,
} from './support/app.ts'
import { readQr } from './support/qr.ts'

const ascii = (length: number): string => '1234567890'.repeat(7).slice(0, length)

async function verifyAt(app: MfaApp, browser: Browser, seconds: number, code: string): Promise<number> {
  app.clock.set(seconds * 1000)
  return (await browser.post('/mfa/verify', { factor: 'totp', code })).status
}

describe('6.5.5: the vectors', () => {
  // RFC 6238, appendix B.
  const times = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000]
  it.each([
    ['sha1', 20, ['94287082', '07081804', '14050471', '89005924', '69279037', '65353130']],
    ['sha256', 32, ['46119246', '68084774', '67062674', '91819424', '90698825', '77737706']],
    ['sha512', 64, ['90693936', '25091201', '99943326', '93441116', '38618901', '47863826']],
  ] as const)('of RFC 6238 hold for %s', async (algorithm, length, codes) => {
    const statuses: number[] = []
    for (const [i, time] of times.entries()) {
      const app = await mfaApp()
      app.clock.set(time * 1000)
      await app.mfa.import(ada, 'totp', { secret: ascii(length), encoding: 'ascii', digits: 8, algorithm })
      statuses.push(await verifyAt(app, app.browser(), time, codes[i]!))
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
  })

  it('of RFC 4226 hold, each counter as a time step', async () => {
    const codes = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489']
    const app = await mfaApp()
    await app.mfa.import(ada, 'totp', { secret: ascii(20), encoding: 'ascii' })
    const browser = app.browser()
    const statuses: number[] = []
    for (const [counter, code] of codes.entries()) statuses.push(await verifyAt(app, browser, counter * 30, code))
    expect(statuses).toEqual(codes.map(() => 200))
  })
})

describe('a code', () => {
  it.each([
    ['that is too short', '12345'],
    ['that is too long', '1234567'],
    ['of letters', 'abcdef'],
    ['of digits of another script', '١٢٣٤٥٦'],
    ['with a sign', '+12345'],
    ['in scientific notation', '1e2345'],
    ['that is empty', ''],
    ['that is wrong', '000000'],
  ])('%s is refused, and nothing breaks', async (_what, code) => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    await enrolTotp(user, clock)
    const refused = await user.post('/mfa/verify', { factor: 'totp', code })
    expect([refused.status, refused.body.code]).toEqual([403, 'ERR_MFA_REFUSED'])
  })

  it.each([
    ['a list', ['123456']],
    ['an object', { $ne: null }],
    ['a number', 123_456],
  ])('that is %s is refused', async (_what, code) => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    await enrolTotp(user, clock)
    expect((await user.post('/mfa/verify', { factor: 'totp', code })).status).toBe(400)
  })

  it('is taken as authenticators show it, with a space', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const code = await codeOf(await enrolTotp(user, clock), clock)
    expect(
      (await user.post('/mfa/verify', { factor: 'totp', code: `${code.slice(0, 3)} ${code.slice(3)}` })).status,
    ).toBe(200)
  })

  it('6.5.1: is accepted once, and so is the one that confirmed', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const begun = await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })
    const code = await codeOf(begun.body.secret, clock)
    expect((await user.post('/mfa/enroll/confirm', { enrolment: begun.body.enrolment, code })).status).toBe(201)
    expect((await user.post('/mfa/verify', { factor: 'totp', code })).status).toBe(403)
    clock.set(clock.now() + 30 * SECOND)
    const next = await codeOf(begun.body.secret, clock)
    const statuses = [
      await user.post('/mfa/verify', { factor: 'totp', code: next }),
      await user.post('/mfa/verify', { factor: 'totp', code: next }),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([200, 403])
  })

  it('6.5.5: is good for its own 30 seconds only', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const secret = await enrolTotp(user, clock)
    const code = await codeOf(secret, clock)
    clock.set(clock.now() + 30 * SECOND)
    expect((await user.post('/mfa/verify', { factor: 'totp', code })).status).toBe(403)
    clock.set(clock.now() + 30 * SECOND)
    const early = await codeOf(secret, { now: () => clock.now() + 30 * SECOND } as never)
    expect((await user.post('/mfa/verify', { factor: 'totp', code: early })).status).toBe(403)
  })

  it('is good for one step more on each side where drift is asked for, and no further', async () => {
    const { browser, clock } = await mfaApp({ factors: [totp({ issuer: 'Shop', drift: 1 })] })
    const user = browser()
    const secret = await enrolTotp(user, clock)
    clock.set(clock.now() + 300 * SECOND)
    const at = (steps: number) => codeOf(secret, { now: () => clock.now() + steps * 30 * SECOND } as never)
    const tryAt = async (steps: number) =>
      (await user.post('/mfa/verify', { factor: 'totp', code: await at(steps) })).status
    expect([await tryAt(-2), await tryAt(2), await tryAt(-1), await tryAt(0), await tryAt(1)]).toEqual([
      403, 403, 200, 200, 200,
    ])
    // Of steps that are over, none counts any more.
    expect([await tryAt(0), await tryAt(-1)]).toEqual([403, 403])
  })

  it('is refused while the clock is set back before the last one', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const secret = await enrolTotp(user, clock)
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    clock.set(clock.now() - 3600 * SECOND)
    const refused = await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect([refused.status, refused.body.code]).toEqual([403, 'ERR_MFA_REFUSED'])
  })

  it('of any of several authenticators is accepted, with each by itself', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const first = await enrolTotp(user, clock)
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(first, clock) })
    const second = await enrolTotp(user, clock)
    for (const secret of [first, second])
      expect((await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })).status).toBe(200)
    expect((await user.get('/mfa/status')).body.authenticators).toHaveLength(2)
  })
})

describe('what an authenticator app is shown', () => {
  it('an address and its QR code, with the names in their places', async () => {
    const { browser } = await mfaApp({
      factors: [totp({ issuer: 'Bücher & Söhne' })],
      label: ({ subject }) => `acme:${subject}@example.com`,
    })
    const { uri, qr, secret } = (await browser().post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body
    const { host, pathname, searchParams } = new URL(uri)
    expect([host, decodeURIComponent(pathname)]).toEqual(['totp', '/Bücher & Söhne:acme.ada@example.com'])
    expect([searchParams.get('secret'), searchParams.get('issuer')]).toEqual([secret, 'Bücher & Söhne'])
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(readQr(qr.png)).toBe(uri)
    expect(qr.svg).toMatch(/^<svg [^>]*xmlns=.*<\/svg>$/s)
  })

  it.each(['Shop:EU', '', 'a\nb', 'x'.repeat(65)])('no issuer that authenticators would misread: %j', (issuer) => {
    expect(() => totp({ issuer })).toThrow(/option `issuer` .* accepted is a name without a colon/s)
  })
})

describe('11.2.4: the secret', () => {
  it('is nowhere in the store as it is', async () => {
    const written: string[] = []
    const clock = createTestClock()
    const env = testEnvironment({ clock })
    const { commit } = env.store
    Object.assign(env.store, {
      commit: (...given: Parameters<typeof commit>) => {
        for (const change of given[1]) if ('put' in change) written.push(Buffer.from(change.value).toString('latin1'))
        return commit.apply(env.store, given)
      },
    })
    const mfa = mfaGate({ env, factors: [totp({ issuer: 'Shop' })] })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    expect(written.length).toBeGreaterThan(0)
    expect(written.join()).toContain('totp')
    expect(written.join()).not.toContain('JBSWY3DPEHPK3PXP')
  })
})

it('a guess is dearer where more codes are good', () => {
  const eight = totp({ issuer: 'Shop', digits: 8 })
  const drifting = totp({ issuer: 'Shop', drift: 1 })
  const one = { data: { digits: 6 } } as never
  expect([drifting.guessesInMillion([one, one]), eight.guessesInMillion([{ data: { digits: 8 } } as never])]).toEqual([
    6, 0.01,
  ])
})
