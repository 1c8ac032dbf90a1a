import { describe, expect, it } from 'vitest'
import { ada, codeOf, DAY, enrolTotp, HOUR, mfaApp, PASSWORD, SECOND, type MfaAppOptions } from './support/app.ts'

const alice = { issuer: 'local', subject: 'alice' }
const bob = { issuer: 'local', subject: 'bob' }
const reason = 'lost phone, ticket 4711'

async function lost(options: MfaAppOptions = {}) {
  const app = await mfaApp({ use: ({ mfa }) => [mfa.enforce()], ...options })
  const user = app.browser()
  const secret = await enrolTotp(user, app.clock)
  await user.post('/login-mfa', { factor: 'totp', code: await codeOf(secret, app.clock), trust: true })
  return { ...app, user, secret }
}

describe('6.4.4: a reset by an administrator', () => {
  it('takes everything away, and only who has the ticket begins anew', async () => {
    const { mfa, user, browser, clock, events } = await lost()
    const outcome = await mfa.reset(ada, { by: alice, reason })
    const ticket = outcome.done ? outcome.ticket : ''
    expect([await mfa.authenticators(ada), await mfa.devices(ada)]).toEqual([[], []])
    const thief = browser()
    expect((await thief.get('/orders')).body.code).toBe('ERR_MFA_ENROLMENT_REQUIRED')
    for (const forged of [undefined, 'x', `${ticket.slice(0, -1)}${ticket.endsWith('A') ? 'B' : 'A'}`]) {
      const refused = await thief.post('/mfa/enroll', { factor: 'totp', password: PASSWORD, ticket: forged })
      expect([refused.status, refused.body.code]).toEqual([403, 'ERR_MFA_TICKET'])
    }
    const begun = (await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD, ticket })).body
    const body = { enrolment: begun.enrolment, code: await codeOf(begun.secret, clock) }
    expect((await user.post('/mfa/enroll/confirm', body)).body.code).toBe('ERR_MFA_TICKET')
    expect((await user.post('/mfa/enroll/confirm', { ...body, ticket })).status).toBe(201)
    clock.set(clock.now() + 30 * SECOND)
    const login = await browser().post('/login-mfa', { factor: 'totp', code: await codeOf(begun.secret, clock) })
    expect(login.status).toBe(200)
    expect(events.of('mfa.reset').map(({ detail }) => detail)).toEqual([
      { action: 'done', account: ada, by: alice, reason },
      { action: 're-enrolled', account: ada },
    ])
  })

  it('has a ticket that is good once', async () => {
    const { mfa, browser } = await lost()
    const outcome = await mfa.reset(ada, { by: alice, reason })
    const ticket = outcome.done ? outcome.ticket : ''
    const user = browser()
    expect((await user.post('/mfa/recovery-codes', { password: PASSWORD, ticket })).status).toBe(201)
    // From now on the account has a factor, and is no longer one that begins anew.
    expect((await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD, ticket })).status).toBe(401)
  })

  it('has a ticket that ends, and the account stays closed until there is another', async () => {
    const { mfa, user, clock } = await lost()
    const outcome = await mfa.reset(ada, { by: alice, reason })
    const ticket = outcome.done ? outcome.ticket : ''
    clock.set(clock.now() + DAY)
    expect((await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD, ticket })).body.code).toBe(
      'ERR_MFA_TICKET',
    )
    expect((await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body.code).toBe('ERR_MFA_TICKET')
    const again = await mfa.reset(ada, { by: alice, reason })
    const fresh = again.done ? again.ticket : ''
    expect((await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD, ticket: fresh })).status).toBe(200)
  })

  it('has a ticket for one account', async () => {
    let user = 'ada'
    const { mfa, browser } = await mfaApp({ login: () => ({ user, amr: ['pwd'] }) })
    const outcome = await mfa.reset(ada, { by: alice, reason })
    await mfa.reset({ ...ada, subject: 'eve' }, { by: alice, reason })
    user = 'eve'
    const body = { factor: 'totp', password: PASSWORD, ticket: outcome.done ? outcome.ticket : '' }
    expect((await browser().post('/mfa/enroll', body)).body.code).toBe('ERR_MFA_TICKET')
  })

  it('ends what the account had logged in, where it is told to', async () => {
    let authTime = Date.UTC(2026, 0, 1) / 1000
    const { mfa, user, clock } = await lost({ login: () => ({ user: 'ada', amr: ['pwd'], authTime }) })
    expect((await user.get('/orders')).status).toBe(200)
    await mfa.reset(ada, { by: alice, reason, endSessions: true })
    expect((await user.get('/orders')).body.code).toBe('ERR_REVOKED')
    clock.set(clock.now() + 10 * SECOND)
    authTime = clock.now() / 1000
    expect((await user.get('/orders')).body.code).toBe('ERR_MFA_ENROLMENT_REQUIRED')
  })

  it('is nobody’s own', async () => {
    const { mfa } = await lost()
    await expect(mfa.reset(ada, { by: ada, reason })).rejects.toMatchObject({ code: 'ERR_MFA_REQUEST' })
  })
})

describe('a reset by two administrators', () => {
  const reset = { administrators: 2 } as const

  it('waits for the second, who is another', async () => {
    const { mfa, events } = await lost({ reset })
    const waits = { done: false, waitsFor: 'second administrator' }
    expect(await mfa.reset(ada, { by: alice, reason })).toEqual(waits)
    expect(await mfa.reset(ada, { by: alice, reason })).toEqual(waits)
    expect(await mfa.authenticators(ada)).toHaveLength(1)
    expect(await mfa.reset(ada, { by: bob, reason })).toMatchObject({
      done: true,
      ticket: expect.stringMatching(/^mt1_/),
    })
    expect(await mfa.authenticators(ada)).toHaveLength(0)
    expect(events.of('mfa.reset').map(({ detail }) => [detail.action, detail.by?.subject])).toEqual([
      ['requested', 'alice'],
      ['requested', 'alice'],
      ['done', 'bob'],
    ])
  })

  it('does not count what was asked long ago', async () => {
    const { mfa, clock } = await lost({ reset: { ...reset, lifetime: '1h' } })
    await mfa.reset(ada, { by: alice, reason })
    clock.set(clock.now() + HOUR)
    expect((await mfa.reset(ada, { by: bob, reason })).done).toBe(false)
  })

  it('leaves an account closed while a further one is asked for', async () => {
    const { mfa, user, clock } = await lost({ reset })
    await mfa.reset(ada, { by: alice, reason })
    await mfa.reset(ada, { by: bob, reason })
    clock.set(clock.now() + 2 * DAY)
    await mfa.reset(ada, { by: alice, reason })
    expect((await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body.code).toBe('ERR_MFA_TICKET')
  })

  it('of twenty at once by two is done once', async () => {
    const { mfa, events } = await lost({ reset })
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => mfa.reset(ada, { by: i % 2 === 0 ? alice : bob, reason })),
    )
    expect(events.of('mfa.reset').filter(({ detail }) => detail.action === 'done').length).toBeGreaterThan(0)
    expect(await mfa.authenticators(ada)).toEqual([])
  })
})
