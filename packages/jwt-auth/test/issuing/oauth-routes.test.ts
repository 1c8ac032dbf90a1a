import { createClientSecret, hashClientSecret, type ClientOptions } from '@sallyport/jwt-auth/issuer'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../../test/hosts/describe-hosts.ts'
import { bodyParser } from '../../../../test/hosts/natives.ts'
import { read } from './support/acceptor.ts'
import { basic, credentials, issuingApp, type IssuingApp, type IssuingAppOptions } from './support/issuing-app.ts'
import { alice, AUDIENCE } from './support/nodes.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const [reports, orders, gateway] = [createClientSecret(), createClientSecret(), createClientSecret()]

const clients: readonly ClientOptions[] = [
  {
    id: 'reports',
    secretHash: reports.secretHash,
    scopes: ['orders:read', 'stock:read'],
    audience: [AUDIENCE, 'stock-api'],
  },
  { id: 'orders', secretHash: orders.secretHash, introspection: true },
  { id: 'gateway: a "b"', secretHash: gateway.secretHash },
  { id: 'phone' },
]

const asReports = basic('reports', reports.secret)
const asOrders = basic('orders', orders.secret)
const asGateway = basic('gateway: a "b"', gateway.secret)

function start(options: IssuingAppOptions = {}): Promise<IssuingApp> {
  return issuingApp({ ...options, routes: { clients, ...options.routes } })
}

describeHosts('the routes for OAuth clients', (host) => {
  it.each([
    ['without a body parser', []],
    ['after a body parser', [bodyParser()]],
  ])('serve client credentials, introspection and revocation, %s', async (_how, before) => {
    const { form } = await start({ host, before })
    const granted = await form('token', { grant_type: 'client_credentials', scope: 'orders:read' }, asReports)
    expect([granted.status, granted.body]).toEqual([
      200,
      { access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 1800, scope: 'orders:read' },
    ])
    expect(granted.headers.get('cache-control')).toBe('no-store')
    const token = granted.body.access_token
    expect(read(token).claims).toMatchObject({ sub: 'reports', client_id: 'reports', aud: [AUDIENCE, 'stock-api'] })
    const known = await form('introspect', { token }, asOrders)
    expect([known.status, known.body]).toMatchObject([
      200,
      { active: true, client_id: 'reports', scope: 'orders:read' },
    ])
    const revoked = await form('revoke', { token }, asReports)
    expect([revoked.status, revoked.body]).toEqual([200, { text: '' }])
    expect((await form('introspect', { token }, asOrders)).body).toEqual({ active: false })
  })

  it('challenge a client that does not prove who it is', async () => {
    const { form } = await start({ host })
    const refused = await form('token', { grant_type: 'client_credentials' }, basic('reports', orders.secret))
    expect([refused.status, refused.body]).toEqual([401, { error: 'invalid_client' }])
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="token"')
  })
})

describe('a client', () => {
  const ask = { grant_type: 'client_credentials' }
  const inBody = { client_id: 'reports', client_secret: reports.secret }

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['by HTTP Basic', ask, asReports],
    ['by HTTP Basic in small letters', ask, { authorization: asReports.authorization.replace('Basic', 'basic') }],
    ['in the body', { ...ask, ...inBody }, {}],
    ['by HTTP Basic, and its id in the body too', { ...ask, client_id: 'reports' }, asReports],
  ])('is recognised %s', async (_how, fields, headers) => {
    const { form } = await start()
    expect((await form('token', fields, headers)).status).toBe(200)
  })

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['with a wrong secret', ask, basic('reports', 'wrong'), 'invalid_client'],
    ['with no secret', { ...ask, client_id: 'reports' }, {}, 'invalid_client'],
    ['with an empty secret', ask, basic('reports', ''), 'invalid_client'],
    ['with the hash of its secret', ask, basic('reports', reports.secretHash), 'invalid_client'],
    ['that nobody knows', ask, basic('nobody', reports.secret), 'invalid_client'],
    ['that nobody knows, of a telling name', ask, basic('__proto__', reports.secret), 'invalid_client'],
    ['that is public, with a secret', ask, basic('phone', reports.secret), 'invalid_client'],
    ['that is public, for itself', { ...ask, client_id: 'phone' }, {}, 'unauthorized_client'],
    ['that is the app itself, for itself', ask, {}, 'unauthorized_client'],
    ['that has nothing of its own', ask, asOrders, 'unauthorized_client'],
    ['in two ways at once', { ...ask, ...inBody }, asReports, 'invalid_request'],
    ['of two names', { ...ask, client_id: 'orders' }, asReports, 'invalid_request'],
    ['with a secret and no name', { ...ask, client_secret: reports.secret }, {}, 'invalid_request'],
    [
      'whose Basic is no pair',
      ask,
      { authorization: `Basic ${Buffer.from('x').toString('base64')}` },
      'invalid_request',
    ],
    [
      'whose Basic is wrongly escaped',
      ask,
      { authorization: `Basic ${Buffer.from('%:%').toString('base64')}` },
      'invalid_request',
    ],
  ])('%s is refused', async (_who, fields, headers, error) => {
    const { form } = await start()
    const refused = await form('token', fields, headers)
    // The challenge of HTTP Basic is for who has used it.
    const challenged = error === 'invalid_client' && 'authorization' in headers
    expect([refused.status, refused.body]).toEqual([challenged ? 401 : 400, { error }])
    expect(refused.headers.has('www-authenticate')).toBe(challenged)
  })

  it('is known by two secrets while one is being changed', async () => {
    const next = createClientSecret()
    const both = [{ id: 'reports', secretHash: [reports.secretHash, next.secretHash], scopes: ['a'] }]
    const { form } = await start({ routes: { clients: both } })
    for (const { secret } of [reports, next]) {
      expect((await form('token', ask, basic('reports', secret))).status).toBe(200)
    }
  })

  it('can be recognised by the app instead', async () => {
    const asked: unknown[] = []
    const { form } = await issuingApp({
      routes: {
        authenticateClient(presented, seen) {
          asked.push(presented, typeof seen)
          return presented.secret === 'from the database'
            ? { id: presented.id, confidential: true, scopes: ['a'] }
            : undefined
        },
      },
    })
    expect((await form('token', ask, basic('any', 'from the database'))).body).toMatchObject({ scope: 'a' })
    expect((await form('token', ask, basic('any', 'guess'))).body).toEqual({ error: 'invalid_client' })
    expect((await form('refresh', { refresh_token: 'x' })).body).toEqual({ error: 'invalid_client' })
    expect(asked).toEqual([
      { id: 'any', secret: 'from the database' },
      'object',
      { id: 'any', secret: 'guess' },
      'object',
      { id: 'app', secret: undefined },
      'object',
    ])
  })

  it('gets nothing that needs a proof of who it is, whatever the app says of it, without one', async () => {
    const { form, issuer } = await issuingApp({
      issuer: { exchange: () => ({ as: 'impersonation', audience: AUDIENCE }) },
      routes: {
        authenticateClient: ({ id }) => ({ id, confidential: false, scopes: ['a'], introspection: true }),
      },
    })
    const { accessToken } = await issuer.login(alice)
    const exchange = { grant_type: EXCHANGE, subject_token: accessToken, subject_token_type: ACCESS_TOKEN }
    for (const [route, fields] of [
      ['token', ask],
      ['token', exchange],
      ['introspect', { token: accessToken }],
    ] as const) {
      expect((await form(route, { ...fields, client_id: 'x' })).body).toEqual({ error: 'unauthorized_client' })
    }
  })

  it.each<[string, readonly ClientOptions[]]>([
    ['a name twice', [{ id: 'a' }, { id: 'a' }]],
    ['a secret that is not hashed', [{ id: 'a', secretHash: 'open sesame open sesame open sesame' }]],
    ['no name', [{} as ClientOptions]],
    ['a public client with scopes of its own', [{ id: 'a', scopes: ['b'] }]],
    ['a public client that introspects', [{ id: 'a', introspection: true }]],
    ['an option that is not there', [{ id: 'a', secret: 'x' } as never]],
  ])('is refused with %s', async (_what, wrong) => {
    const failed = start({ routes: { clients: wrong } })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(failed).rejects.not.toThrow(/open sesame/)
  })

  it('has no secret that can be guessed', () => {
    for (const secret of ['', 'short', 'x'.repeat(64), 'password'.repeat(8)]) {
      expect(() => hashClientSecret(secret)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }) as Error)
    }
    const { secret, secretHash } = createClientSecret()
    expect(hashClientSecret(secret)).toBe(secretHash)
    expect(secretHash).not.toContain(secret)
  })
})

describe('client credentials', () => {
  it.each<[string, Record<string, string> | string, string]>([
    ['a scope that the client has not', { scope: 'orders:create' }, 'invalid_scope'],
    ['one more scope than the client has', { scope: 'orders:read admin' }, 'invalid_scope'],
    ['an audience that is not the client’s', { audience: 'payroll' }, 'invalid_target'],
    ['a resource that is not the client’s', { resource: 'https://payroll' }, 'invalid_target'],
  ])('give no token for %s', async (_what, fields, error) => {
    const { form } = await start()
    const asked = { grant_type: 'client_credentials', ...(fields as Record<string, string>) }
    expect((await form('token', asked, asReports)).body).toEqual({ error })
  })

  it('give a token for one of the client’s audiences', async () => {
    const { form } = await start()
    const one = await form('token', { grant_type: 'client_credentials', audience: 'stock-api' }, asReports)
    expect(read(one.body.access_token).claims.aud).toBe('stock-api')
    const two = await form('token', `grant_type=client_credentials&audience=stock-api&audience=${AUDIENCE}`, asReports)
    expect(read(two.body.access_token).claims.aud).toEqual(['stock-api', AUDIENCE])
  })
})

describe('the token route', () => {
  it('refreshes for the client that a login belongs to, and for no other', async () => {
    const { post, form } = await start()
    const { body } = await post('login-with-refresh', { ...credentials, client_id: 'phone' })
    expect(read(body.access_token).claims['client_id']).toBe('phone')
    const ask = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    for (const headers of [asGateway, asOrders, {}]) {
      expect((await form('token', ask, headers)).body).toEqual({ error: 'invalid_grant' })
    }
    const next = await form('token', { ...ask, client_id: 'phone' })
    expect(next.body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) as string })
    // The app's own route keeps to it as well.
    const own = await post('refresh', { refresh_token: next.body.refresh_token })
    expect(own.body).toEqual({ error: 'invalid_grant' })
    const phones = await post('refresh', { refresh_token: next.body.refresh_token, client_id: 'phone' })
    expect(phones.status).toBe(200)
  })

  it('lets a confidential client log its users in, and refresh, with its secret only', async () => {
    const { post, form } = await start()
    const named = { ...credentials, client_id: 'orders' }
    expect((await post('login-with-refresh', named)).body).toEqual({ error: 'invalid_client' })
    const { body } = await post('login-with-refresh', { ...named, client_secret: orders.secret })
    const ask = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    expect((await form('token', { ...ask, client_id: 'orders' })).body).toEqual({ error: 'invalid_client' })
    expect((await form('token', ask, asOrders)).status).toBe(200)
  })

  it.each([
    ['password', 'unsupported_grant_type'],
    ['authorization_code', 'unsupported_grant_type'],
    ['__proto__', 'unsupported_grant_type'],
    ['', 'invalid_request'],
    [EXCHANGE, 'invalid_request'],
  ])('refuses the grant type %j', async (type, error) => {
    const { form } = await start()
    expect((await form('token', { grant_type: type }, asReports)).body).toEqual({ error })
  })

  it('takes forms only (RFC 6749, section 3.2)', async () => {
    const { post } = await start()
    for (const route of ['token', 'revoke', 'introspect']) {
      const refused = await post(route, { grant_type: 'client_credentials', token: 'x' }, asReports)
      expect([refused.status, refused.body], route).toEqual([400, { error: 'invalid_request' }])
    }
  })

  it('is not there without clients', async () => {
    const { form } = await issuingApp()
    for (const route of ['token', 'revoke', 'introspect']) expect((await form(route, {})).status, route).toBe(404)
  })
})

describe('the revocation route', () => {
  it('ends a login for its own client, and nothing of others', async () => {
    const { post, form } = await start()
    const { body } = await post('login-with-refresh', { ...credentials, client_id: 'phone' })
    for (const token of [body.refresh_token, body.access_token]) {
      expect((await form('revoke', { token }, asGateway)).body).toEqual({ error: 'invalid_grant' })
    }
    const hinted = { token: body.refresh_token, token_type_hint: 'access_token', client_id: 'phone' }
    expect((await form('revoke', hinted)).status).toBe(200)
    const after = await form('token', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      client_id: 'phone',
    })
    expect(after.body).toEqual({ error: 'invalid_grant' })
  })

  it('answers 200 to what is no token (RFC 7009, section 2.2)', async () => {
    const { form } = await start()
    for (const token of ['garbage', 'a.b.c', `rt1_${'A'.repeat(104)}`]) {
      expect((await form('revoke', { token }, asReports)).status).toBe(200)
    }
    expect((await form('revoke', {}, asReports)).body).toEqual({ error: 'invalid_request' })
  })
})

describe('the introspection route', () => {
  it('is for clients that may ask, and not for everybody who knows a token', async () => {
    const { form } = await start()
    expect((await form('introspect', { token: 'x' }, asReports)).body).toEqual({ error: 'unauthorized_client' })
    expect((await form('introspect', { token: 'x', client_id: 'phone' })).body).toEqual({
      error: 'unauthorized_client',
    })
    expect((await form('introspect', { token: 'x' })).body).toEqual({ error: 'unauthorized_client' })
    expect((await form('introspect', { token: 'x' }, basic('orders', 'wrong'))).status).toBe(401)
  })

  it('tells of a refresh token only to the client that has it', async () => {
    const { issuer, form } = await start()
    const theirs = await issuer.login({ ...alice, client: 'phone' })
    const own = await issuer.login({ ...alice, client: 'orders' })
    expect((await form('introspect', { token: theirs.refreshToken }, asOrders)).body).toEqual({ active: false })
    expect((await form('introspect', { token: own.refreshToken }, asOrders)).body).toMatchObject({ active: true })
    expect((await form('introspect', { token: theirs.accessToken }, asOrders)).body).toMatchObject({ active: true })
  })
})

describe('the exchange of a token', () => {
  const started = () =>
    start({
      issuer: {
        exchange: ({ client, audience }) =>
          client === 'gateway: a "b"' && audience.join() === 'stock-api' ? { as: 'delegation' } : undefined,
      },
    })
  const asked = (token: string) => ({
    grant_type: EXCHANGE,
    subject_token: token,
    subject_token_type: ACCESS_TOKEN,
    audience: 'stock-api',
  })

  it('gives a token that names the client as the one who acts', async () => {
    const { issuer, form } = await started()
    const { accessToken } = await issuer.login(alice)
    const exchanged = await form('token', { ...asked(accessToken), scope: 'orders:read' }, asGateway)
    expect(exchanged.body).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 1800,
      scope: 'orders:read',
      issued_token_type: ACCESS_TOKEN,
    })
    expect(read(exchanged.body.access_token).claims).toMatchObject({
      sub: 'alice',
      aud: 'stock-api',
      act: { sub: 'gateway: a "b"' },
    })
  })

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['for another audience', { audience: 'payroll' }, asGateway, 'unauthorized_client'],
    ['for another client', {}, asReports, 'unauthorized_client'],
    ['for a public client', { client_id: 'phone' }, {}, 'unauthorized_client'],
    [
      'to another kind of token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      asGateway,
      'invalid_request',
    ],
    [
      'of another kind of token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      asGateway,
      'invalid_request',
    ],
    ['of garbage', { subject_token: 'garbage' }, asGateway, 'invalid_request'],
    ['with an actor of no kind', { actor_token: 'x' }, asGateway, 'invalid_request'],
    ['with a kind of actor and none', { actor_token_type: ACCESS_TOKEN }, asGateway, 'invalid_request'],
    ['with an actor of garbage', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }, asGateway, 'invalid_request'],
    ['with a scope that was not granted', { scope: 'admin' }, asGateway, 'invalid_scope'],
  ])('is refused %s', async (_what, change, headers, error) => {
    const { issuer, form } = await started()
    const { accessToken } = await issuer.login(alice)
    expect((await form('token', { ...asked(accessToken), ...change }, headers)).body).toEqual({ error })
  })
})
