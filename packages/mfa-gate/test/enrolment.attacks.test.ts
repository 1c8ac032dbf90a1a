import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { ada, codeOf, enrolTotp, mfaApp, MINUTE, PASSWORD, SECOND } from './support/app.ts'

describeHosts('the routes', (host) => {
  it('demand a login, the same origin, and their method', async () => {
    const { browser, app } = await mfaApp({ host, login: {} })
    const nobody = browser()
    for (const path of [
      '/mfa/enroll',
      '/mfa/enroll/confirm',
      '/mfa/verify',
      '/mfa/challenge',
      '/login-mfa',
      '/mfa/disable',
      '/mfa/recovery-codes',
      '/mfa/rename',
      '/mfa/devices/revoke',
    ])
      expect((await nobody.post(path, { factor: 'totp' })).status, path).toBe(401)
    for (const path of ['/mfa/status', '/mfa/devices']) expect((await nobody.get(path)).status, path).toBe(401)
    expect((await app.fetch('/mfa/verify')).status).toBe(405)
    const other = await mfaApp({ host })
    const crossed = await other
      .browser()
      .post('/mfa/enroll', { factor: 'totp', password: PASSWORD }, { 'sec-fetch-site': 'cross-site' })
    expect([crossed.status, crossed.body.code]).toEqual([403, 'ERR_CROSS_ORIGIN'])
  })

  it('are where the app wants them', async () => {
    const { browser } = await mfaApp({ host, routes: { prefix: '/auth' } })
    expect((await browser().get('/auth/mfa/status')).status).toBe(200)
    expect((await browser().get('/mfa/status')).status).toBe(404)
  })

  it('7.5.1: list, name and take away what was set up', async () => {
    const { browser, clock } = await mfaApp({ host })
    const user = browser()
    await enrolTotp(user, clock)
    const { id } = (await user.get('/mfa/status')).body.authenticators[0]!
    expect((await user.post('/mfa/rename', { authenticator: id, name: 'My phone' })).status).toBe(204)
    const { authenticators } = (await user.get('/mfa/status')).body
    expect(authenticators).toEqual([{ id, kind: 'totp', name: 'My phone', createdAt: clock.now() - 30 * SECOND }])
    expect((await user.post('/mfa/disable', { authenticator: id, password: 'wrong' })).status).toBe(403)
    expect((await user.post('/mfa/disable', { authenticator: id, password: PASSWORD })).status).toBe(204)
    expect((await user.get('/mfa/status')).body.authenticators).toEqual([])
    expect((await user.post('/mfa/disable', { authenticator: id, password: PASSWORD })).body.code).toBe(
      'ERR_MFA_NOT_FOUND',
    )
  })
})

describe('7.5.1: a thief of a session', () => {
  it('sets up nothing without the password', async () => {
    const { browser } = await mfaApp()
    const thief = browser()
    const refused = await thief.post('/mfa/enroll', { factor: 'totp' })
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_MFA_STEP_UP'])
    expect((await thief.post('/mfa/enroll', { factor: 'totp', password: 'guess' })).status).toBe(403)
  })

  it('sets up nothing more with the password, where there is a second factor', async () => {
    const { browser, clock } = await mfaApp()
    const owner = browser()
    const secret = await enrolTotp(owner, clock)
    const refused = await browser().post('/mfa/enroll', { factor: 'totp', password: PASSWORD })
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_MFA_STEP_UP'])
    expect((await browser().post('/mfa/recovery-codes', { password: PASSWORD })).status).toBe(401)
    await owner.post('/mfa/verify', { factor: 'totp', code: await codeOf(secret, clock) })
    expect((await owner.post('/mfa/recovery-codes')).status).toBe(201)
    // Nor with a proof of long ago.
    clock.set(clock.now() + 6 * MINUTE)
    expect((await owner.post('/mfa/recovery-codes')).status).toBe(401)
  })

  it('guesses few passwords', async () => {
    const { browser } = await mfaApp()
    const thief = browser()
    const statuses: number[] = []
    for (let i = 0; i < 12; i++)
      statuses.push((await thief.post('/mfa/enroll', { factor: 'totp', password: `guess ${i}` })).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429, 429])
  })

  it('does not finish what another session has begun, nor what another account has', async () => {
    let login = { user: 'ada', amr: ['pwd'], authTime: 1 }
    const { browser, clock } = await mfaApp({ login: () => login })
    const begun = (await browser().post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body
    const confirm = async () =>
      (
        await browser().post('/mfa/enroll/confirm', {
          enrolment: begun.enrolment,
          code: await codeOf(begun.secret, clock),
        })
      ).body.code
    login = { user: 'ada', amr: ['pwd'], authTime: 2 }
    expect(await confirm()).toBe('ERR_MFA_CHALLENGE')
    login = { user: 'eve', amr: ['pwd'], authTime: 1 }
    expect(await confirm()).toBe('ERR_MFA_CHALLENGE')
  })

  it('takes away, names and lists nothing of another account', async () => {
    let user = 'ada'
    const { browser, mfa } = await mfaApp({ login: () => ({ user, amr: ['pwd'] }) })
    const id = await mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    user = 'eve'
    const eve = browser()
    expect((await eve.get('/mfa/status')).body.authenticators).toEqual([])
    expect((await eve.post('/mfa/rename', { authenticator: id, name: 'x' })).body.code).toBe('ERR_MFA_NOT_FOUND')
    expect((await eve.post('/mfa/disable', { authenticator: id, password: PASSWORD })).body.code).toBe(
      'ERR_MFA_NOT_FOUND',
    )
  })
})

describe('a request that is not as it must be', () => {
  it.each<[string, object, number]>([
    ['without a factor', {}, 400],
    ['with a factor that nobody knows', { factor: 'telepathy' }, 400],
    ['with a name that every object has', { factor: 'constructor' }, 400],
    ['with __proto__', JSON.parse('{"__proto__":{"factor":"totp"}}') as object, 400],
    ['with two factors', { factor: ['totp', 'recovery'] }, 400],
    ['with an object', { factor: { $ne: 1 } }, 400],
    ['with a very long one', { factor: 'x'.repeat(10_000) }, 400],
    ['for a challenge where none is needed', { factor: 'totp' }, 400],
  ])('%s is 400', async (_what, body, status) => {
    const { browser } = await mfaApp()
    for (const path of ['/mfa/enroll', '/mfa/challenge', '/mfa/verify', '/login-mfa']) {
      if (path !== '/mfa/challenge' && (body as { factor?: unknown }).factor === 'totp') continue
      expect((await browser().post(path, { ...body, password: PASSWORD, code: '123456' })).status, path).toBe(status)
    }
  })

  it.each(['', 'x', '../../etc/passwd', 'A'.repeat(20), '__proto__', 'c.x'])(
    'with the challenge %j is told so',
    async (enrolment) => {
      const { browser } = await mfaApp()
      const { status, body } = await browser().post('/mfa/enroll/confirm', { enrolment, code: '123456' })
      expect([status, body.code]).toEqual([400, enrolment === '' ? 'ERR_MFA_REQUEST' : 'ERR_MFA_CHALLENGE'])
    },
  )
})

describe('an enrolment', () => {
  it('takes a wrong code, and then the right one, once', async () => {
    const { browser, clock, events } = await mfaApp()
    const user = browser()
    const { enrolment, secret } = (await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body
    const confirm = (code: string) => user.post('/mfa/enroll/confirm', { enrolment, code })
    expect((await confirm('000000')).status).toBe(403)
    const code = await codeOf(secret, clock)
    const all = await Promise.all(Array.from({ length: 4 }, () => confirm(code)))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await user.get('/mfa/status')).body.authenticators).toHaveLength(1)
    expect(events.of('mfa.enrolled')).toHaveLength(1)
  })

  it('ends after its time, and at five answers', async () => {
    const { browser, clock } = await mfaApp()
    const user = browser()
    const begin = async () => (await user.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })).body
    const first = await begin()
    for (let i = 0; i < 5; i++) await user.post('/mfa/enroll/confirm', { enrolment: first.enrolment, code: '000000' })
    const code = await codeOf(first.secret, clock)
    expect((await user.post('/mfa/enroll/confirm', { enrolment: first.enrolment, code })).body.code).toBe(
      'ERR_MFA_CHALLENGE',
    )
    const second = await begin()
    clock.set(clock.now() + 5 * MINUTE)
    const late = { enrolment: second.enrolment, code: await codeOf(second.secret, clock) }
    expect((await user.post('/mfa/enroll/confirm', late)).body.code).toBe('ERR_MFA_CHALLENGE')
  })

  it('of more than there may be is refused', async () => {
    const { mfa } = await mfaApp()
    const add = () => mfa.import(ada, 'totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
    for (let i = 0; i < 5; i++) await add()
    await expect(add()).rejects.toMatchObject({ code: 'ERR_MFA_LIMIT', status: 409 })
  })
})

describe('6.5.2: recovery codes', () => {
  it('have 120 bits each, are shown once, and are kept as digests', async () => {
    const { browser, mfa, env } = await mfaApp()
    const { codes } = (await browser().post('/mfa/recovery-codes', { password: PASSWORD })).body
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{6}-){3}[0-9a-hjkmnp-tv-z]{6}$/)
    expect(new Set(codes.flatMap((code) => code.split('-'))).size).toBe(40)
    expect(JSON.stringify(await mfa.authenticators(ada))).not.toContain(codes[0])
    expect(JSON.stringify((await browser().get('/mfa/status')).body)).not.toContain(codes[0])
    expect(env.store.kind).toBe('memory')
  })

  it('are good once each, however they are typed, and an event says when few are left', async () => {
    const { browser, events } = await mfaApp()
    const user = browser()
    const { codes } = (await user.post('/mfa/recovery-codes', { password: PASSWORD })).body
    const spoken = codes[0]!.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l')
    expect((await user.post('/mfa/verify', { factor: 'recovery', code: spoken })).status).toBe(200)
    expect((await user.post('/mfa/verify', { factor: 'recovery', code: codes[0]! })).status).toBe(403)
    for (const code of codes.slice(1, 8)) await user.post('/mfa/verify', { factor: 'recovery', code })
    expect(events.of('mfa.recovery-low').map(({ detail }) => detail.left)).toEqual([3, 2])
  })

  it('of an old set are worth nothing when there is a new one', async () => {
    const { browser, mfa } = await mfaApp()
    const user = browser()
    const old = (await user.post('/mfa/recovery-codes', { password: PASSWORD })).body.codes
    await user.post('/mfa/verify', { factor: 'recovery', code: old[0]! })
    const fresh = (await user.post('/mfa/recovery-codes')).body.codes
    expect((await user.post('/mfa/verify', { factor: 'recovery', code: old[1]! })).status).toBe(403)
    expect((await user.post('/mfa/verify', { factor: 'recovery', code: fresh[0]! })).status).toBe(200)
    expect(await mfa.authenticators(ada)).toHaveLength(1)
  })

  it('that are not there let nobody in', async () => {
    const { browser } = await mfaApp()
    expect((await browser().post('/mfa/verify', { factor: 'recovery', code: '' })).status).toBe(403)
  })
})
