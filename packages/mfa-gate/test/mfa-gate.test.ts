import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { codeOf, enrolTotp, mfaApp, MINUTE, SECOND } from './support/app.ts'

describeHosts('mfa.require()', (host) => {
  it('6.3.3, 7.5.3: lets in who has used a second factor, with what that makes of the principal', async () => {
    const { browser, clock } = await mfaApp({ host, route: ({ mfa }) => [mfa.require()] })
    const ada = browser()
    const secret = await enrolTotp(ada, clock)
    const refused = await ada.get('/orders')
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_MFA_STEP_UP'])
    expect(refused.headers['www-authenticate']).toBe(
      'Session error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="aal2"',
    )
    const verified = await ada.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    const now = Math.floor(clock.now() / 1000)
    expect([verified.status, verified.body]).toEqual([
      200,
      { amr: ['pwd', 'totp', 'otp', 'mfa'], acr: 'aal2', auth_time: now },
    ])
    const passed = await ada.get('/orders')
    expect([passed.status, passed.body.principal]).toMatchObject([
      200,
      { subject: 'ada', amr: ['pwd', 'totp', 'otp', 'mfa'], acr: 'aal2', authTime: now },
    ])
    // Nobody else's session is better for it.
    expect((await browser().get('/orders')).status).toBe(401)
  })

  it('7.2.4: gives the session a new identifier with every proof', async () => {
    const { browser, clock } = await mfaApp({ host, route: ({ mfa }) => [mfa.require()] })
    const ada = browser()
    const secret = await enrolTotp(ada, clock)
    const before = new Map(ada.cookies)
    await ada.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect([...ada.cookies]).not.toEqual([...before])
    const stolen = browser()
    for (const [name, value] of before) stolen.cookies.set(name, value)
    expect((await stolen.get('/orders')).status).toBe(401)
    expect((await ada.get('/orders')).status).toBe(200)
  })

  it('7.5.3: demands a proof that is recent enough, and says how recent (RFC 9470)', async () => {
    const { browser, clock } = await mfaApp({ host, route: ({ mfa }) => [mfa.require({ maxAge: '5m' })] })
    const ada = browser()
    const secret = await enrolTotp(ada, clock)
    await ada.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await ada.get('/orders')).status).toBe(200)
    clock.set(clock.now() + 5 * MINUTE + 10 * SECOND)
    const refused = await ada.get('/orders')
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Session error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="aal2", max_age="300"',
    ])
    await ada.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await ada.get('/orders')).status).toBe(200)
  })

  it('sends browsers to the page of the app, and takes them back', async () => {
    const { browser, clock } = await mfaApp({
      host,
      pages: { verify: '/second-factor' },
      route: ({ mfa }) => [mfa.require({ maxAge: 60 })],
    })
    const ada = browser()
    const secret = await enrolTotp(ada, clock)
    const sent = await ada.get('/orders?page=2&q=a%26b', { 'sec-fetch-mode': 'navigate', accept: 'text/html' })
    const location = new URL(sent.headers.location as string, 'http://app.example')
    expect([sent.status, location.pathname]).toEqual([303, '/second-factor'])
    expect(Object.fromEntries(location.searchParams)).toEqual({
      return_to: '/orders?page=2&q=a%26b',
      acr_values: 'aal2',
      max_age: '60',
    })
    const back = await ada.form('/mfa/verify', {
      factor: 'totp',
      code: await codeOf(secret, clock),
      return_to: location.searchParams.get('return_to')!,
    })
    expect([back.status, back.headers.location]).toEqual([303, '/orders?page=2&q=a%26b'])
  })
})
