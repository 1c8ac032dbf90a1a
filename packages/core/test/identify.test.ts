import { coreError, fromGateway, fromPassport, fromSession, identify, type Login } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { headersOf, type Native } from '../../../test/hosts/host.ts'
import { passportLogin, sessions } from '../../../test/hosts/natives.ts'
import { bearer, environment } from './support.ts'

/** A login that stands in a header: the app's own, whatever that is. */
const fromHeader =
  (more: Partial<Login> = {}) =>
  (seen: object): Login | undefined => {
    const subject = headersOf(seen)['x-login']
    return subject === undefined ? undefined : bearer(subject, more)
  }

const whoami = { handler: ({ principal }: { principal: unknown }) => ({ body: { principal: principal ?? null } }) }

describeHosts('identify()', (host) => {
  it('makes the login the principal that handlers see, frozen', async () => {
    const env = environment()
    const app = await host.start({
      use: [identify(fromHeader({ roles: ['clerk'], tenant: 't1', amr: ['pwd'], sid: 's1' }), { env, issuer: 'shop' })],
      handler: ({ principal }) => ({ body: { principal, frozen: Object.isFrozen(principal) } }),
    })
    const response = await app.fetch('/orders', { headers: { 'x-login': 'ada' } })
    expect(await response.json()).toEqual({
      principal: {
        issuer: 'shop',
        tenant: 't1',
        subject: 'ada',
        roles: ['clerk'],
        amr: ['pwd'],
        sid: 's1',
        credential: { kind: 'bearer', ambient: false },
      },
      frozen: true,
    })
  })

  it('lets a request without login through by default, and refuses it where required, with a challenge', async () => {
    const env = environment()
    const open = await host.start({ use: [identify(fromHeader(), { env })], ...whoami })
    expect(await (await open.fetch('/orders')).json()).toEqual({ principal: null })
    const closed = await host.start({ use: [identify(fromHeader(), { env, required: true })], ...whoami })
    const response = await closed.fetch('/orders')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Session')
  })

  it('refuses with 503 when the reader fails or gives half a login', async () => {
    const env = environment()
    for (const reader of [
      () => {
        throw new Error('session store at redis://:pw@host is down')
      },
      () => Promise.reject(new Error('x')),
      () => ({}) as Login,
      () => ({ subject: '' }),
      () => ({ subject: 'ada', roles: 'admin' }) as unknown as Login,
    ]) {
      const app = await host.start({ use: [identify(reader, { env })], ...whoami })
      const response = await app.fetch('/orders')
      expect(response.status).toBe(503)
      expect(await response.text()).not.toContain('redis')
    }
  })

  it('refuses a second credential for another subject with 400', async () => {
    const env = environment()
    const app = await host.start({
      use: [identify(fromHeader(), { env }), identify(() => bearer('eve'), { env })],
      ...whoami,
    })
    expect((await app.fetch('/orders', { headers: { 'x-login': 'ada' } })).status).toBe(400)
    // The same subject of another issuer or tenant is another account.
    const issuers = await host.start({
      use: [identify(() => bearer('ada'), { env, issuer: 'a' }), identify(() => bearer('ada'), { env, issuer: 'b' })],
      ...whoami,
    })
    expect((await issuers.fetch('/orders')).status).toBe(400)
  })

  it('never unites roles, scopes or amr of two credentials of one subject', async () => {
    const env = environment()
    const app = await host.start({
      use: [
        identify(() => bearer('ada', { roles: ['viewer'], scopes: ['read'], amr: ['pwd'] }), { env }),
        identify(() => bearer('ada', { roles: ['admin'], scopes: ['write'], amr: ['otp'] }), { env }),
      ],
      ...whoami,
    })
    const { principal } = (await (await app.fetch('/orders')).json()) as { principal: Login }
    expect(principal).toMatchObject({ roles: ['viewer'], scopes: ['read'], amr: ['pwd'] })
  })

  it('takes a credential sent on purpose before one that the browser adds, whichever came first', async () => {
    const env = environment()
    const cookie = identify(() => ({ subject: 'ada', roles: ['admin'] }), { env })
    const token = identify(() => bearer('ada', { roles: ['viewer'] }), { env })
    for (const use of [
      [cookie, token],
      [token, cookie],
    ]) {
      const app = await host.start({ use, ...whoami })
      const { principal } = (await (await app.fetch('/orders')).json()) as { principal: Login }
      expect(principal.roles).toEqual(['viewer'])
    }
  })

  it('a bad credential is never rescued by a good one', async () => {
    const env = environment()
    const bad = identify(
      (_seen, exchange) => {
        const error = coreError('ERR_UNAUTHENTICATED')
        exchange.rejectCredential(error)
        throw error
      },
      { env },
    )
    // An app that swallows the refusal and goes on.
    const swallow: Native = {
      node: (req, res, next) => bad(req, res, () => next()),
      koa: (ctx, next) => bad(ctx, () => Promise.resolve()).then(next, next),
    }
    const app = await host.start({ use: [swallow, identify(() => bearer('ada'), { env })], ...whoami })
    expect((await app.fetch('/orders')).status).toBe(401)
  })

  it('refuses a revoked session, and everything of a subject up to its epoch', async () => {
    const env = environment()
    const now = Math.floor(Date.now() / 1000)
    const app = await host.start({
      use: [
        identify(fromHeader({ sid: 's1', credential: { kind: 'session', ambient: false, issuedAt: now - 5 } }), {
          env,
        }),
      ],
      ...whoami,
    })
    const ask = async (subject: string) => (await app.fetch('/orders', { headers: { 'x-login': subject } })).status
    expect(await ask('ada')).toBe(200)
    await env.revocations.revoke({
      kind: 'subject',
      issuer: 'local',
      subject: 'ada',
      notAfter: now,
      expiresAt: now + 60,
      reason: 'left',
    })
    expect(await ask('ada')).toBe(401)
    expect(await ask('bob')).toBe(200)
    await env.revocations.revoke({ kind: 'session', issuer: 'local', id: 's1', expiresAt: now + 60, reason: 'logout' })
    expect(await ask('bob')).toBe(401)
  })
})

describeHosts('a login after everything of the account was revoked', (host) => {
  it('counts when it says when it was made, and does not when it cannot', async () => {
    const env = environment()
    const now = Math.floor(Date.now() / 1000)
    await env.revocations.revoke({
      kind: 'subject',
      issuer: 'local',
      subject: 'ada',
      notAfter: now - 10,
      expiresAt: now + 60,
      reason: 'x',
    })
    const ask = async (authTime: number | undefined) => {
      const login = { subject: 'ada', ...(authTime !== undefined && { authTime }) }
      return (await (await host.start({ use: [identify(() => login, { env })] })).fetch('/orders')).status
    }
    expect(await ask(now)).toBe(200)
    expect(await ask(now - 20)).toBe(401)
    expect(await ask(undefined)).toBe(401)
  })
})

describeHosts('identify(fromSession())', (host) => {
  it('reads express-session and koa-session', async () => {
    const read = fromSession((held: { user?: string }) =>
      held.user === undefined ? undefined : { subject: held.user },
    )
    const app = await host.start({
      use: [sessions({ user: 'ada' }), identify(read, { env: environment() })],
      ...whoami,
    })
    const { principal } = (await (await app.fetch('/orders')).json()) as { principal: Login }
    expect(principal).toMatchObject({ subject: 'ada', credential: { kind: 'session', ambient: true } })
  })

  it('takes a session without a login, and no session at all, for nobody', async () => {
    const read = fromSession((held: { user?: string }) =>
      held.user === undefined ? undefined : { subject: held.user },
    )
    const env = environment()
    for (const use of [[sessions({ cart: 1 }), identify(read, { env })], [identify(read, { env })]]) {
      const app = await host.start({ use, ...whoami })
      expect(await (await app.fetch('/orders')).json()).toEqual({ principal: null })
    }
  })
})

describeHosts('identify(fromPassport())', (host) => {
  it("reads Passport's user where Passport leaves it", async () => {
    const read = fromPassport((user: { id: number }) => ({ subject: user.id }))
    const app = await host.start({ use: [passportLogin({ id: 7 }), identify(read, { env: environment() })], ...whoami })
    expect(await (await app.fetch('/orders')).json()).toMatchObject({ principal: { subject: '7' } })
  })
})

describeHosts('identify(fromGateway())', (host) => {
  const headers = { subject: 'x-user', roles: 'x-roles', scopes: 'x-scopes' }

  it('believes the gateway', async () => {
    const env = environment({ trustedProxies: ['loopback'] })
    const app = await host.start({ use: [identify(fromGateway(headers), { env })], ...whoami })
    const response = await app.fetch('/orders', {
      headers: { 'x-user': 'ada', 'x-roles': 'clerk, viewer', 'x-scopes': 'a b' },
    })
    expect(await response.json()).toMatchObject({
      principal: {
        subject: 'ada',
        roles: ['clerk', 'viewer'],
        scopes: ['a', 'b'],
        credential: { kind: 'gateway-header' },
      },
    })
    expect(await (await app.fetch('/orders')).json()).toEqual({ principal: null })
  })

  it('attack: identity headers from a peer that is no gateway are refused, not ignored', async () => {
    const env = environment({ trustedProxies: ['10.0.0.0/8'] })
    const app = await host.start({ use: [identify(fromGateway(headers), { env })], ...whoami })
    const refused = await app.fetch('/orders', { headers: { 'x-user': 'admin' } })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Session'])
    expect((await app.fetch('/orders', { headers: { 'x-roles': 'admin' } })).status).toBe(401)
    expect((await app.fetch('/orders')).status).toBe(200)
  })
})

describe('fromGateway() at construction', () => {
  it('refuses an environment that trusts no proxy, and names the fix', () => {
    expect(() => identify(fromGateway({ subject: 'x-user' }), { env: environment() })).toThrow(/trustedProxies/)
  })

  it('names a misspelt option', () => {
    expect(() => fromGateway({ subject: 'x-user', role: 'x-roles' } as never)).toThrow(/did you mean `roles`/)
    expect(() => identify(() => undefined, { require: true } as never)).toThrow(/did you mean `required`/)
  })
})
