import { describe, expect, it } from 'vitest'
import type { EnforcementRuleOptions } from '@sallyport/mfa-gate'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import {
  ada,
  codeOf,
  DAY,
  enrolTotp,
  mfaApp,
  SECOND,
  type MfaApp,
  type MfaAppOptions,
  type SessionLogin,
} from './support/app.ts'

const guarded = (options: MfaAppOptions = {}): Promise<MfaApp> =>
  mfaApp({ use: ({ mfa }) => [mfa.enforce()], ...options })

describeHosts('mfa.enforce()', (host) => {
  it('6.3.3, 6.3.4: demands the second factor of whoever has one, and takes it at login-mfa', async () => {
    const { browser, clock } = await guarded({ host })
    const user = browser()
    expect((await user.get('/orders')).status).toBe(200)
    const secret = await enrolTotp(user, clock)
    const refused = await user.get('/orders')
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_MFA_REQUIRED'])
    expect(refused.headers['www-authenticate']).toContain('error="insufficient_user_authentication"')
    expect((await user.post('/login-mfa', { factor: 'totp', code: '000000' })).status).toBe(403)
    expect((await user.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })).status).toBe(200)
    expect((await user.get('/orders')).status).toBe(200)
  })
})

describe('6.3.4: every way in alike', () => {
  it.each<[string, SessionLogin]>([
    ['a password', { user: 'ada', amr: ['pwd'] }],
    ['a magic link', { user: 'ada', amr: ['email'] }],
    ['a social login', { user: 'ada', amr: ['fed'] }],
    ['a code by e-mail', { user: 'ada', amr: ['otp'] }],
    ['nobody knows what', { user: 'ada' }],
  ])('%s is not enough for an account with a second factor', async (_way, login) => {
    const { browser, mfa } = await guarded({ login })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const refused = await browser().get('/orders')
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_MFA_REQUIRED'])
  })

  it('what the login itself says was several factors is enough', async () => {
    const { browser, mfa } = await guarded({ login: { user: 'ada', amr: ['pwd', 'otp', 'mfa'] } })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    expect((await browser().get('/orders')).status).toBe(200)
  })

  it('the same account of another tenant is another account', async () => {
    const { browser, mfa } = await guarded({ login: { user: 'ada', tenant: 'acme' } })
    await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    expect((await browser().get('/orders')).status).toBe(200)
    await mfa.import({ ...ada, tenant: 'acme' }, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const refused = await browser().get('/orders')
    // What was let pass a moment ago is forgotten with it.
    expect(refused.status).toBe(401)
  })
})

describe('a session', () => {
  it('of somebody else, in the same browser, has none of what was proved', async () => {
    let user = 'ada'
    const { browser, clock, mfa } = await guarded({ login: () => ({ user, amr: ['pwd'] }) })
    const page = browser()
    const secret = await enrolTotp(page, clock)
    await page.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })
    await mfa.import({ issuer: 'local', subject: 'eve' }, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    user = 'eve'
    expect((await page.get('/orders')).status).toBe(401)
    user = 'ada'
    expect((await page.get('/orders')).status).toBe(200)
  })

  it('of a later login of the same account has none either', async () => {
    let authTime = 1000
    const { browser, clock } = await guarded({ login: () => ({ user: 'ada', amr: ['pwd'], authTime }) })
    const page = browser()
    const secret = await enrolTotp(page, clock)
    await page.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await page.get('/orders')).status).toBe(200)
    authTime = 2000
    expect((await page.get('/orders')).status).toBe(401)
  })
})

describe('roll-out', () => {
  const login = { user: 'ada', amr: ['pwd'], roles: ['clerk'] }
  const start = (rule: EnforcementRuleOptions, more: MfaAppOptions = {}) => guarded({ login, enforce: [rule], ...more })

  it('demands that one is set up, and lets people do so', async () => {
    const { browser, clock } = await start({}, { pages: { enrol: '/mfa-setup' } })
    const user = browser()
    const refused = await user.get('/orders')
    expect([refused.status, refused.body.code]).toEqual([403, 'ERR_MFA_ENROLMENT_REQUIRED'])
    const sent = await user.get('/orders', { 'sec-fetch-mode': 'navigate' })
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa-setup?return_to=%2Forders'])
    const secret = await enrolTotp(user, clock)
    await user.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await user.get('/orders')).status).toBe(200)
  })

  it.each<[string, EnforcementRuleOptions, number]>([
    ['of other roles', { roles: ['admin'] }, 200],
    ['of the role', { roles: ['admin', 'clerk'] }, 403],
    ['of another tenant', { tenants: ['acme'] }, 200],
    ['of later', { from: '2026-02-01' }, 200],
    ['of before', { from: '2025-12-01' }, 403],
    ['with a deadline to come', { grace: { until: '2026-01-02' } }, 200],
    ['with a deadline that is over', { grace: { until: '2025-12-31' } }, 403],
    ['that only reports', { reportOnly: true }, 200],
  ])('a rule %s', async (_what, rule, status) => {
    const { browser } = await start(rule)
    expect((await browser().get('/orders')).status).toBe(status)
  })

  it('the first rule that fits decides', async () => {
    const { browser } = await guarded({ login, enforce: [{ roles: ['clerk'], reportOnly: true }, {}] })
    expect((await browser().get('/orders')).status).toBe(200)
  })

  it('a grace by time begins with the first login, and never again', async () => {
    const { browser, clock, mfa, events } = await start({ grace: { within: '14d' } })
    const user = browser()
    expect((await user.get('/orders')).status).toBe(200)
    clock.set(clock.now() + 13 * DAY)
    expect((await user.get('/orders')).status).toBe(200)
    // Setting one up and taking it away again begins nothing anew.
    const id = await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    await mfa.remove(ada, id)
    clock.set(clock.now() + 2 * DAY)
    expect((await user.get('/orders')).status).toBe(403)
    await mfa.reset(ada, { by: { issuer: 'local', subject: 'admin' }, reason: 'lost phone' })
    clock.set(clock.now() + 10 * SECOND)
    expect((await browser().get('/orders')).status).toBe(403)
    expect(events.of('mfa.waived').map(({ detail }) => detail.by)).toEqual(['grace', 'grace'])
  })

  it('a grace by count counts logins, not requests', async () => {
    let authTime = 1
    const { browser, clock } = await guarded({
      login: () => ({ ...login, authTime }),
      enforce: [{ grace: { logins: 2 } }],
    })
    const statuses: number[] = []
    for (const time of [1, 1, 2, 2, 1, 3, 3]) {
      authTime = time
      clock.set(clock.now() + 10 * SECOND)
      statuses.push((await browser().get('/orders')).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 403, 403])
  })

  it('logins that nobody can tell apart count once a day', async () => {
    const { browser, clock } = await start({ grace: { logins: 2 } })
    const statuses: number[] = []
    for (const days of [0, 0, 1, 1, 2]) {
      clock.set(Date.UTC(2026, 0, 1 + days) + statuses.length * 10 * SECOND)
      statuses.push((await browser().get('/orders')).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 403])
  })

  it('the last factor is not taken away by its owner while one is required', async () => {
    const { browser, clock } = await start({})
    const user = browser()
    const secret = await enrolTotp(user, clock)
    await user.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, clock) })
    const authenticator = (await user.get('/mfa/status')).body.authenticators[0]!.id
    const refused = await user.post('/mfa/disable', { authenticator })
    expect([refused.status, refused.body.code]).toEqual([409, 'ERR_MFA_LAST_FACTOR'])
  })

  it('lists who is not enrolled, and begins no grace by that', async () => {
    const { mfa, browser, clock } = await start({ roles: ['clerk'], grace: { logins: 1 } })
    const account = (subject: string, roles = ['clerk']) => ({ issuer: 'local', subject, roles })
    await mfa.import({ issuer: 'local', subject: 'bob' }, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    const report = async () => {
      const found = []
      for await (const one of mfa.notEnrolled([account('ada'), account('bob'), account('guest', [])])) found.push(one)
      return found
    }
    const inGrace = [{ account: ada, inGrace: true, reportOnly: false }]
    expect(await report()).toEqual(inGrace)
    expect(await report()).toEqual(inGrace)
    await browser().get('/orders')
    expect(await report()).toEqual([{ ...inGrace[0], inGrace: false }])
    expect(clock.now()).toBeGreaterThan(0)
  })

  it.each<[string, EnforcementRuleOptions, RegExp]>([
    ['a word for a date', { from: 'tomorrow' }, /option `from`/],
    ['an empty grace', { grace: {} }, /at least one of until, within, logins/],
    [
      'a grace that ends before it begins',
      { from: '2027-01-01', grace: { until: '2026-01-01' } },
      /`grace.until` is before `from`/,
    ],
    ['a near miss', { role: ['admin'] } as never, /did you mean `roles`/],
  ])('with %s does not start', async (_what, rule, message) => {
    await expect(start(rule)).rejects.toThrow(message)
  })
})

describe('6.3.3: a trusted device', () => {
  async function trusted(options: MfaAppOptions = {}) {
    const app = await guarded(options)
    const first = app.browser()
    const secret = await enrolTotp(first, app.clock)
    const login = await first.post('/login-mfa', {
      factor: 'totp',
      code: await codeOf(secret, app.clock),
      trust: true,
      device_name: 'laptop',
    })
    expect(login.status).toBe(200)
    /** A new session of the same browser. */
    const later = app.browser()
    later.cookies.set('__Host-mfa-device', first.cookies.get('__Host-mfa-device')!)
    return { ...app, secret, first, later, login }
  }

  it('spares the second factor at login, and never a step-up', async () => {
    const { later, browser, login, events } = await trusted({ route: ({ mfa }) => [mfa.require()] })
    const cookie = [login.headers['set-cookie']!].flat().find((line) => line.startsWith('__Host-mfa-device='))
    expect(cookie).toMatch(/; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$/)
    expect((await later.get('/nowhere')).status).toBe(404)
    expect((await later.get('/orders')).body.code).toBe('ERR_MFA_STEP_UP')
    expect((await browser().get('/nowhere')).status).toBe(401)
    expect(events.of('mfa.waived').map(({ detail }) => detail.by)).toEqual(['device'])
  })

  it('is trusted for its time', async () => {
    const { later, clock } = await trusted({ devices: { lifetime: '7d' } })
    expect((await later.get('/orders')).status).toBe(200)
    clock.set(clock.now() + 7 * DAY)
    expect((await later.get('/orders')).status).toBe(401)
  })

  it('is listed and revoked', async () => {
    const { first, later, browser, events } = await trusted()
    const { devices } = (await first.get('/mfa/devices')).body
    expect(devices).toMatchObject([{ name: 'laptop' }])
    expect((await later.get('/orders')).status).toBe(200)
    expect((await first.post('/mfa/devices/revoke', { device: devices[0]!.id })).status).toBe(204)
    expect((await later.get('/orders')).status).toBe(401)
    expect((await first.post('/mfa/devices/revoke', { device: devices[0]!.id })).body.code).toBe('ERR_MFA_NOT_FOUND')
    expect(events.of('mfa.device').map(({ detail }) => detail.action)).toEqual(['trusted', 'revoked'])
    expect((await browser().get('/mfa/devices')).body.devices).toEqual([])
  })

  it.each([
    ['of another account', (value: string) => value, 'eve'],
    ['with another secret', (value: string) => `${value.slice(0, 21)}${'A'.repeat(43)}`, 'ada'],
    ['without a secret', (value: string) => value.slice(0, 20), 'ada'],
    ['that is garbage', () => '__proto__.x', 'ada'],
  ])('%s is none', async (_what, forge, subject) => {
    let user = 'ada'
    const { first, browser, mfa } = await trusted({ login: () => ({ user, amr: ['pwd'] }) })
    await mfa.import({ issuer: 'local', subject: 'eve' }, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    user = subject
    const forged = browser()
    forged.cookies.set('__Host-mfa-device', forge(first.cookies.get('__Host-mfa-device')!))
    expect((await forged.get('/orders')).status).toBe(401)
  })

  it('is not one where somebody came in by a code of paper', async () => {
    const { browser, clock } = await guarded()
    const user = browser()
    const secret = await enrolTotp(user, clock)
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const { codes } = (await user.post('/mfa/recovery-codes')).body
    const other = browser()
    await other.post('/login-mfa', { factor: 'recovery', code: codes[0]!, trust: true })
    expect(other.cookies.has('__Host-mfa-device')).toBe(false)
    expect((await other.get('/orders')).status).toBe(200)
  })

  it('ends with the last factor', async () => {
    const { first, mfa } = await trusted()
    expect(await mfa.devices(ada)).toHaveLength(1)
    await mfa.remove(ada, (await mfa.authenticators(ada))[0]!.id)
    expect([await mfa.devices(ada), (await first.get('/orders')).status]).toEqual([[], 200])
  })
})

describe('the risk of a request', () => {
  async function risky(options: Partial<NonNullable<MfaAppOptions['adaptive']>> = {}) {
    let risk: number | Error = 0.5
    const ask = (): number => {
      if (risk instanceof Error) throw risk
      return risk
    }
    const app = await guarded({ adaptive: { risk: ask, ...options }, route: ({ mfa }) => [mfa.require()] })
    const user = app.browser()
    const secret = await enrolTotp(user, app.clock)
    return { ...app, user, secret, set: (next: number | Error) => (risk = next) }
  }

  it('raises the demand, until it is met anew', async () => {
    const { user, secret, clock, set, events } = await risky()
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    clock.set(clock.now() + 600 * SECOND)
    expect((await user.get('/nowhere')).status).toBe(404)
    set(0.7)
    expect((await user.get('/nowhere')).headers['www-authenticate']).toContain('max_age="300"')
    await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect([(await user.get('/nowhere')).status, (await user.get('/orders')).status]).toEqual([404, 200])
    expect(events.of('mfa.raised').length).toBeGreaterThan(0)
  })

  it.each([[new Error('down')], [Number.NaN], [-1], [7]])(
    'that cannot be told (%s) is the highest',
    async (nonsense) => {
      const { user, secret, clock, set } = await risky({ waive: 0.2 })
      set(nonsense)
      expect((await user.get('/nowhere')).status).toBe(401)
      await user.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
      clock.set(clock.now() + 600 * SECOND)
      expect((await user.get('/nowhere')).status).toBe(401)
    },
  )

  it('waives the second factor at login where it is low, and never a step-up', async () => {
    const { user, set } = await risky({ waive: 0.2 })
    expect((await user.get('/nowhere')).status).toBe(401)
    set(0.2)
    expect((await user.get('/nowhere')).status).toBe(404)
    expect((await user.get('/orders')).status).toBe(401)
    set(0.3)
    expect((await user.get('/nowhere')).status).toBe(401)
  })

  it('is asked of the environment, and of nobody it does not start', async () => {
    await expect(guarded({ adaptive: {} })).rejects.toMatchObject({ code: 'ERR_PORT_ABSENT' })
  })
})

describe('what is remembered of a login', () => {
  it('is not taken for another one: roles, methods and times are those of the request', async () => {
    let login: SessionLogin = { user: 'ada', amr: ['pwd'], roles: ['clerk'] }
    const gated = await mfaApp({ login: () => login, use: ({ mfa }) => [mfa.require()] })
    const page = gated.browser()
    const key = await enrolTotp(page, gated.clock)
    await page.post('/mfa/verify', { factor: 'totp', code: await codeOf(key, gated.clock) })
    const first = gated.clock.now() / 1000
    const seen = async () => (await page.get('/orders')).body.principal
    expect(await seen()).toMatchObject({ roles: ['clerk'], authTime: first })
    login = { ...login, roles: ['admin'] }
    expect(await seen()).toMatchObject({ roles: ['admin'] })
    login = { ...login, amr: ['pwd', 'x'] }
    expect(await seen()).toMatchObject({ amr: ['pwd', 'x', 'totp', 'otp', 'mfa'] })
    gated.clock.set(gated.clock.now() + 60 * SECOND)
    await page.post('/mfa/verify', { factor: 'totp', code: await codeOf(key, gated.clock) })
    expect(await seen()).toMatchObject({ authTime: first + 60 })
  })
})
