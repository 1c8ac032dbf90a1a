import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createEnvironment } from '@sallyport/core'
import { tokenIssuer, type TokenIssuer, type TokenIssuerOptions } from '@sallyport/jwt-auth/issuer'
import type { JWK } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { read } from './support/acceptor.ts'
import { alice, AUDIENCE, codeOf, ISSUER, startNode } from './support/nodes.ts'

function make(options: Record<string, unknown>): TokenIssuer {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return tokenIssuer({ issuer: ISSUER, audience: AUDIENCE, env, ...options } as unknown as TokenIssuerOptions)
}

const pem = (key: ReturnType<typeof generateKeyPairSync>): string =>
  (key as unknown as { privateKey: { export(o: object): string } }).privateKey.export({ format: 'pem', type: 'pkcs8' })
const jwk = (key: ReturnType<typeof generateKeyPairSync>): JWK =>
  (key as unknown as { privateKey: { export(o: object): JWK } }).privateKey.export({ format: 'jwk' })

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }) as never
const ed = generateKeyPairSync('ed25519') as never
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }) as never
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }) as never
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }) as never

describe('a wrong option', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no issuer', { issuer: undefined }, /`issuer`.*accepted is a non-empty string/],
    ['no audience', { audience: undefined }, /`audience`/],
    ['an empty audience', { audience: [] }, /`audience`/],
    ['a near miss', { lifetime: 'week' }, /unknown option `lifetime` \(did you mean `lifetimes`\?\)/],
    ['an algorithm that nobody signs with here', { algorithm: 'none' }, /`algorithm`.*'ES256' or 'RS256' or 'EdDSA'/],
    ['HS256 without a secret', { algorithm: 'HS256' }, /HS256 goes with `secret`/],
    [
      'a secret with another algorithm',
      { secret: randomBytes(32), algorithm: 'RS256' },
      /`algorithm` does not go with `secret`/,
    ],
    [
      'a secret and private keys',
      { secret: randomBytes(32), privateKeys: [pem(ec)] },
      /`privateKeys` does not go with/,
    ],
    [
      'private keys with a rotation',
      { privateKeys: [pem(ec)], rotation: {} },
      /`rotation` does not go with `privateKeys`/,
    ],
    ['a short secret', { secret: 'short' }, /`secret` has 5 bytes/],
    ['a secret that can be guessed', { secret: 'secret'.repeat(10) }, /`secret` is a secret with/],
    ['no private key', { privateKeys: [] }, /`privateKeys`/],
    [
      'a private key that is none',
      { privateKeys: ['-----BEGIN PRIVATE KEY-----'] },
      /`privateKeys\[0\]` cannot be read/,
    ],
    [
      'a public key for a private one',
      { privateKeys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] },
      /cannot be read/,
    ],
    ['a weak private key', { privateKeys: [pem(weak)] }, /too weak/],
    ['a private key of another kind', { privateKeys: [pem(p384)] }, /kind that is not supported/],
    [
      'a private key for another algorithm',
      { privateKeys: [{ ...jwk(rsa), alg: 'PS256' }] },
      /another algorithm than RS256/,
    ],
    ['the same private key twice', { privateKeys: [pem(ec), jwk(ec)] }, /two keys of one name/],
    [
      'two private keys of one name',
      {
        privateKeys: [
          { ...jwk(ec), kid: 'a' },
          { ...jwk(ed), kid: 'a' },
        ],
      },
      /two keys of one name/,
    ],
    ['a profile that is not there', { lifetimes: 'year' }, /`lifetimes`.*'week' or 'month' or 'day'/],
    ['a lifetime in milliseconds', { lifetimes: { access: 1_800_000 } }, /`access`.*seconds from 60 to 86400/],
    [
      'an access token that outlives its login',
      { lifetimes: { access: 3600, absolute: 1800 } },
      /each no longer than the next/,
    ],
    [
      'an idle time beyond the whole',
      { lifetimes: { idle: 90_000, absolute: 86_400 } },
      /each no longer than the next/,
    ],
    ['an endless grace', { lifetimes: { grace: 3600 } }, /`grace`/],
    ['a near miss among lifetimes', { lifetimes: { absolut: 86_400 } }, /did you mean `absolute`/],
    [
      'a rotation that never rests',
      { rotation: { period: 3600, publishAhead: 3600 } },
      /`publishAhead`.*less than the period/,
    ],
    ['a key that nobody can know in time', { rotation: { publishAhead: 10 } }, /`publishAhead`/],
    ['a service token without overlap', { serviceTokens: { overlap: 0 } }, /`overlap`/],
    ['a key ring that is none', { keyRing: {} }, /`keyRing`/],
    ['a policy that is none', { exchange: 'all' }, /`exchange`/],
  ])('is refused: %s', (_what, options, message) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) as string }) as Error,
    )
  })

  it('never shows a secret', () => {
    const secret = 'password-password-password-password'
    for (const options of [{ secret }, { secret: [secret] }, { privateKeys: [secret] }, { privateKeys: secret }]) {
      let message = ''
      try {
        make(options)
      } catch (thrown) {
        message = String(thrown)
      }
      expect(message).toContain('tokenIssuer')
      expect(message).not.toContain('password-')
    }
  })
})

describe('keys of the operator', () => {
  it('sign with the first and publish all, by their own names or by their thumbprints', async () => {
    const { issuer } = startNode({ privateKeys: [{ ...jwk(ec), kid: '2026' }, pem(rsa), pem(ed)] })
    expect(read((await issuer.accessToken(alice)).accessToken).header).toMatchObject({ alg: 'ES256', kid: '2026' })
    const { keys } = await issuer.jwks()
    expect(keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256', 'EdDSA'])
    for (const key of keys) expect(Object.keys(key)).not.toContain('d')
  })

  it('are taken over one by one, without a token that is refused', async () => {
    const before = startNode({ privateKeys: [pem(ec), pem(ed)] })
    const after = startNode({ privateKeys: [pem(ed), pem(ec)] })
    const old = await before.issuer.accessToken(alice)
    expect((await after.issuer.introspect(old.accessToken)).active).toBe(true)
    const fresh = await after.issuer.accessToken(alice)
    expect((await before.issuer.introspect(fresh.accessToken)).active).toBe(true)
  })

  it('are rotated by the operator, not by a call', async () => {
    const { issuer } = startNode({ privateKeys: [pem(ec)] })
    expect(await codeOf(issuer.rotateKeys())).toBe('ERR_OPTION')
  })
})

describe('a wrong grant', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no subject', {}],
    ['an empty subject', { subject: '' }],
    ['a subject that is a number', { subject: 7 }],
    ['a subject with half a character', { subject: '\ud800' }],
    ['a scope with a space', { subject: 'alice', scopes: ['a b'] }],
    ['a scope with a quote', { subject: 'alice', scopes: ['"'] }],
    ['roles that are a text', { subject: 'alice', roles: 'admin' }],
    ['a time in milliseconds', { subject: 'alice', authTime: 1.8e12 }],
    ['an option that is not there', { subject: 'alice', role: 'admin' }],
    ['claims that JSON cannot hold', { subject: 'alice', claims: { big: 1n } }],
    ...[
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'jti',
      'client_id',
      'scope',
      'roles',
      'sid',
      'cnf',
      'act',
      'tenant',
      'nonce',
      'token_use',
    ].map((name): [string, Record<string, unknown>] => [
      `a claim \`${name}\` of its own`,
      { subject: 'alice', claims: { [name]: 'x' } },
    ]),
    ['claims that make the token too large', { subject: 'alice', claims: { all: 'x'.repeat(9000) } }],
  ])('is the app’s mistake, and gives no token: %s', async (_what, grant) => {
    const { issuer } = startNode()
    expect(await codeOf(issuer.login(grant as never))).toBe('ERR_OPTION')
    expect(await codeOf(issuer.accessToken(grant as never))).toBe('ERR_OPTION')
    expect(await issuer.logins({ subject: 'alice' })).toEqual([])
  })
})
