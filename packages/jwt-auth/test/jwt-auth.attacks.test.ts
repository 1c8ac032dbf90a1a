import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer } from './support/app.ts'
import { attack, audience, claims, ec, forge, issuer, part, sealed, signed } from './support/forge.ts'
import { makeKey, signWith } from './support/signing-key.ts'
import { accessToken } from './support/test-issuer.ts'

describe('headers that change the rules, rightly signed', () => {
  it.each([
    ['crit with what is not understood', { crit: ['exp'], exp: 9 }],
    ['crit with b64', { crit: ['b64'], b64: true }],
    ['crit with what the token does not have', { crit: ['x'] }],
    ['an empty crit', { crit: [] }],
    ['crit that is no list', { crit: 'b64' }],
    ['b64 false', { crit: ['b64'], b64: false }],
    ['b64 false without crit', { b64: false }],
  ])('%s', async (_case, header) => {
    const ask = await attack()
    expect((await ask(signed({ alg: 'ES256', kid: 'ec-1', ...header }, claims()))).code).toBe('ERR_JWT_MALFORMED')
  })

  it('members twice: one for each parser', async () => {
    const ask = await attack()
    const twice = (...texts: readonly string[]): string =>
      sealed(texts.map((text) => Buffer.from(text).toString('base64url')).join('.'))
    const header = '{"alg":"ES256","kid":"ec-1","typ":"at+jwt"}'
    const payload = JSON.stringify(claims())
    expect((await ask(twice(header, payload))).status).toBe(200)
    expect((await ask(twice(header.replace('{', '{"alg":"none",'), payload))).code).toBe('ERR_JWT_MALFORMED')
    expect((await ask(twice(header, payload.replace('{', '{"sub":"admin",')))).code).toBe('ERR_JWT_MALFORMED')
    expect((await ask(twice(header, payload.replace('{', String.raw`{"s\u0075b":"admin",`)))).code).toBe(
      'ERR_JWT_MALFORMED',
    )
  })
})

describe('wrong kinds of tokens, rightly signed', () => {
  it.each([
    undefined,
    'JWT',
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'id_token',
    'oauth-authz-req+jwt',
  ])('typ %s', async (typ) => {
    const ask = await attack()
    expect((await ask(await signWith(ec, claims(), { typ }))).code).toBe('ERR_JWT_TYPE')
  })

  it('an ID token, also where plain tokens are accepted', async () => {
    const ask = await attack({ acceptPlainJwt: true })
    expect((await ask(await signWith(ec, claims(), { typ: 'JWT' }))).status).toBe(200)
    for (const extra of [{ nonce: 'n' }, { at_hash: 'h' }, { c_hash: 'h' }, { typ: 'ID' }, { token_use: 'id' }]) {
      expect((await ask(await signWith(ec, { ...claims(), ...extra }, { typ: 'JWT' }))).code).toBe('ERR_JWT_TYPE')
      expect((await ask(await signWith(ec, { ...claims(), ...extra }))).code).toBe('ERR_JWT_TYPE')
    }
  })

  it('a logout token', async () => {
    const ask = await attack({ acceptPlainJwt: true })
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    expect((await ask(await signWith(ec, { ...claims(), events }, { typ: 'JWT' }))).code).toBe('ERR_JWT_TYPE')
  })

  it('an encrypted token', async () => {
    const ask = await attack()
    const header = part({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })
    expect((await ask(`${header}..AAAA.AAAA.AAAA`)).code).toBe('ERR_JWT_MALFORMED')
  })

  it.each([[{ jkt: 'thumbprint' }], [{ 'x5t#S256': 'hash' }], [{ jwk: {} }], [{}], [null], ['x']])(
    'bound to a key with cnf %j, used as a bearer token',
    async (cnf) => {
      const ask = await attack()
      expect((await ask(await signWith(ec, { ...claims(), cnf }))).code).toBe('ERR_JWT_BOUND')
    },
  )

  it('with its signature stripped', async () => {
    const ask = await attack()
    const signed = await signWith(ec, claims())
    expect((await ask(signed.slice(0, signed.lastIndexOf('.') + 1))).code).toBe('ERR_JWT_SIGNATURE')
  })

  it('bound to a key, with cnf stripped', async () => {
    const ask = await attack()
    const [header, payload, signature] = (await signWith(ec, { ...claims(), cnf: { jkt: 'x' } })).split('.')
    const { cnf: _cnf, ...stripped } = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as Record<
      string,
      unknown
    >
    expect((await ask(`${header}.${part(stripped)}.${signature}`)).code).toBe('ERR_JWT_SIGNATURE')
  })
})

describe('cross-issuer and cross-audience', () => {
  it('a key of one issuer does not sign for another, though both are trusted', async () => {
    const [first, second] = [await testIssuer(), await testIssuer()]
    const issuers = [first, second].map((one) => ({ issuer: one.issuer, audience, jwksUri: one.jwksUri }))
    const { ask } = await guarded(jwtAuth({ issuers, env: testEnvironment() }))
    expect((await ask(await first.token())).status).toBe(200)
    expect((await ask(await second.token())).status).toBe(200)
    const posing = await signWith(second.signer, accessToken(first.issuer, audience))
    expect((await ask(posing)).code).toBe('ERR_JWT_KEY')
    const borrowed = await signWith(second.signer, accessToken(first.issuer, audience), { kid: first.signer.kid })
    expect((await ask(borrowed)).code).toBe('ERR_JWT_SIGNATURE')
    const nameless = await signWith(second.signer, accessToken(first.issuer, audience), { kid: undefined })
    expect((await ask(nameless)).code).toBe('ERR_JWT_SIGNATURE')
  })

  it('the audience of one issuer is not that of another', async () => {
    const [first, second] = [await testIssuer(), await testIssuer({ audience: 'billing' })]
    const issuers = [
      { issuer: first.issuer, audience },
      { issuer: second.issuer, audience: 'billing' },
    ]
    const { ask } = await guarded(jwtAuth({ issuers, env: testEnvironment() }))
    expect((await ask(await second.token())).status).toBe(200)
    expect((await ask(await second.token({ claims: { aud: audience } }))).code).toBe('ERR_JWT_AUDIENCE')
  })

  it.each([
    'https://id.example.com',
    'https://ID.example.com/',
    'https://id.example.com//',
    'https://id.example.com/ ',
    issuer + issuer,
  ])('the issuer as %j', async (iss) => {
    const ask = await attack()
    expect((await ask(await signWith(ec, { ...claims(), iss }))).code).toBe('ERR_JWT_ISSUER')
  })

  it.each([[[issuer]], [undefined], [null], [{ toString: 'x' }], ['__proto__']])('the issuer as %j', async (iss) => {
    const ask = await attack()
    expect((await ask(await signWith(ec, { ...claims(), iss }))).code).toBe('ERR_JWT_ISSUER')
  })

  it.each(['orders-api2', 'orders', 'ORDERS-API', '', 'orders-api billing', '*'])('the audience as %j', async (aud) => {
    const ask = await attack()
    expect((await ask(await signWith(ec, { ...claims(), aud }))).code).toBe('ERR_JWT_AUDIENCE')
  })
})

describe('times', () => {
  it.each([undefined, null, '9999999999', -1, [9_999_999_999], { valueOf: 9 }, true])(
    'exp %j never means forever',
    async (exp) => {
      const ask = await attack()
      expect((await ask(await signWith(ec, { ...claims(), exp }))).code).toBe('ERR_JWT_CLAIMS')
    },
  )

  it('a number that JSON writes too large never means forever', async () => {
    const ask = await attack()
    const payload = JSON.stringify({ ...claims(), exp: 0 }).replace('"exp":0', '"exp":1e999')
    const header = part({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' })
    const token = sealed(`${header}.${Buffer.from(payload).toString('base64url')}`)
    expect((await ask(token)).code).toBe('ERR_JWT_CLAIMS')
  })

  it('an iat in the future, which would outlive a revocation of everything until now', async () => {
    const ask = await attack()
    const now = Math.floor(Date.now() / 1000)
    expect((await ask(await signWith(ec, { ...claims(), iat: now + 60, exp: now + 600 }))).code).toBe(
      'ERR_JWT_NOT_YET_VALID',
    )
  })
})

describe('huge and deep tokens', () => {
  it('are refused before they are parsed', async () => {
    const ask = await attack()
    const padded = (bytes: number): Promise<string> => signWith(ec, { ...claims(), pad: 'x'.repeat(bytes) })
    expect((await ask(await padded(5000))).status).toBe(200)
    expect((await ask(await padded(6500))).code).toBe('ERR_JWT_MALFORMED')
  })

  it('with deep nesting, rightly signed', async () => {
    const ask = await attack()
    let deep: unknown = 1
    for (let i = 0; i < 500; i++) deep = [deep]
    expect((await ask(signed({ alg: 'ES256', kid: 'ec-1' }, { ...claims(), deep }))).code).toBe('ERR_JWT_MALFORMED')
  })

  it('with a chain of actors without end', async () => {
    const ask = await attack()
    let act: object = { sub: 'a' }
    for (let i = 0; i < 100; i++) act = { sub: 'a', act }
    expect((await ask(signed({ alg: 'ES256', kid: 'ec-1' }, { ...claims(), act }))).code).toBe('ERR_JWT_MALFORMED')
  })
})

describe('what changes while a token is cached', () => {
  it('its key leaves the key set', async () => {
    const clock = createTestClock()
    const server = await testIssuer({ clock })
    const auth = jwtAuth({ issuer: server.issuer, audience, jwksUri: server.jwksUri, env: testEnvironment({ clock }) })
    const { ask } = await guarded(auth)
    const exp = clock.now() / 1000 + 86_400
    const token = await server.token({ claims: { exp } })
    const stolen = server.signer
    for (let i = 0; i < 3; i++) expect((await ask(token)).status).toBe(200)
    server.rotate()
    server.withdraw(stolen)
    clock.set(clock.now() + 60_000)
    // Any token with the new key makes the key set be fetched.
    expect((await ask(await server.token({ claims: { exp } }))).status).toBe(200)
    expect((await ask(token)).code).toBe('ERR_JWT_KEY')
    expect((await ask(await signWith(stolen, { ...accessToken(server.issuer, audience, clock), exp }))).code).toBe(
      'ERR_JWT_KEY',
    )
  })

  it('its key is replaced under the same name', async () => {
    const clock = createTestClock()
    const server = await testIssuer({ clock })
    const auth = jwtAuth({ issuer: server.issuer, audience, jwksUri: server.jwksUri, env: testEnvironment({ clock }) })
    const { ask } = await guarded(auth)
    const token = await server.token({ claims: { exp: clock.now() / 1000 + 86_400 } })
    expect((await ask(token)).status).toBe(200)
    const { kid } = server.signer
    server.published.splice(0, 1, makeKey('ES256', kid))
    clock.set(clock.now() + 3_600_000)
    expect((await ask(token)).code).toBe('ERR_JWT_SIGNATURE')
  })

  it('it expires', async () => {
    const clock = createTestClock()
    const server = await testIssuer({ clock })
    const { ask } = await guarded(
      jwtAuth({ issuer: server.issuer, audience, leeway: 0, env: testEnvironment({ clock }) }),
    )
    const token = await server.token()
    expect((await ask(token)).status).toBe(200)
    clock.set(clock.now() + 599_999)
    expect((await ask(token)).status).toBe(200)
    clock.set(clock.now() + 1)
    expect((await ask(token)).code).toBe('ERR_JWT_EXPIRED')
  })
})

describe('made-up tokens in masses', () => {
  it('fill no memory and push out no good token', async () => {
    const server = await testIssuer()
    const auth = jwtAuth({ issuer: server.issuer, audience, cacheSize: 4, env: testEnvironment() })
    const { ask } = await guarded(auth)
    const good = await server.token()
    expect((await ask(good)).status).toBe(200)
    const { fetches } = server
    await Promise.all(
      Array.from({ length: 200 }, () =>
        ask(forge({ alg: 'ES256', kid: server.signer.kid }, claims(), Buffer.alloc(64, 7))),
      ),
    )
    expect((await ask(good)).status).toBe(200)
    expect(server.fetches).toBe(fetches)
  })
})

describe('header injection', () => {
  it('nothing of a token comes back in the challenge', async () => {
    const ask = await attack()
    const marker = randomUUID()
    const { challenge, text } = await ask(
      await signWith(ec, { ...claims(), iss: `${marker}", error="x` }, { kid: marker }),
    )
    expect(`${challenge}${text}`).not.toContain(marker)
  })
})
