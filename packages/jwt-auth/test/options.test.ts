import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createEnvironment } from '@sallyport/core'
import { jwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { testEnvironment } from './support/app.ts'
import { makeKey } from './support/signing-key.ts'

const issuer = 'https://id.example.com/'
const audience = 'orders-api'
const rsa = makeKey('RS256')
const ec = makeKey('ES256')

/** What is thrown at construction. */
function refusalOf(options: unknown): string {
  try {
    jwtAuth(options as JwtAuthOptions)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'ERR_OPTION', status: 500 })
    return (thrown as Error).message
  }
  throw new Error('nothing was refused')
}

describe('options', () => {
  it.each<[string, unknown, string[]]>([
    ['no options', undefined, ['options must be an object']],
    ['a misspelt option', { issuer, audiance: audience }, ['`audiance`', 'did you mean `audience`?']],
    ['the name that express-jwt has', { issuer, audience, algorithm: ['RS256'] }, ['did you mean `algorithms`?']],
    ['snake case', { issuer, audience, jwks_uri: 'https://a' }, ['did you mean `jwksUri`?']],
    ['no issuer', { audience }, ['`issuer` was undefined']],
    ['no audience', { issuer }, ['`audience` was undefined']],
    ['no audience in the list', { issuer, audience: [] }, ['`audience` was an empty list']],
    [
      'a leeway in words',
      { issuer, audience, leeway: '5s' },
      ["`leeway` was '5s'", 'a number of seconds from 0 to 300'],
    ],
    ['a leeway of an hour', { issuer, audience, leeway: 3600 }, ['`leeway` was 3600']],
    ['no algorithm at all', { issuer, audience, algorithms: ['none'] }, ['`algorithms`', 'a list of RS256']],
    ['an empty list of algorithms', { issuer, audience, algorithms: [] }, ['`algorithms` was an empty list']],
    ['a realm that breaks the header', { issuer, audience, realm: 'a\r\nb' }, ['`realm`', 'printable ASCII']],
    ['a cookie that is no name', { issuer, audience, cookie: 'a=b' }, ['`cookie`', 'the name of a cookie']],
    [
      'keys over plain http',
      { issuer, audience, jwksUri: 'http://id.example.com/jwks' },
      ['`jwksUri`', 'an https URL'],
    ],
    [
      'discovery from what is no URL',
      { issuer: 'joe', audience },
      ["`issuer` was 'joe'", 'the keys are found from it'],
    ],
    ['discovery over plain http', { issuer: 'http://id.example.com/', audience }, ['an https URL']],
    [
      'two sources of keys',
      { issuer, audience, jwksUri: `${issuer}jwks`, secret: 'x' },
      ['`jwksUri` and `secret`', 'one of them'],
    ],
    ['issuers that are no list', { issuers: { issuer } }, ['`issuers` was an object', 'a list of issuers']],
    ['an issuer beside issuers', { issuer, issuers: [{ issuer, audience }] }, ['`issuer` stands beside `issuers`']],
    [
      'keys beside issuers',
      { publicKey: ec.pem, issuers: [{ issuer, audience }] },
      ['`publicKey` stands beside `issuers`'],
    ],
    [
      'an issuer twice',
      {
        issuers: [
          { issuer, audience },
          { issuer, audience: 'b' },
        ],
      },
      ['each issuer once'],
    ],
    [
      'a misspelt option of an issuer',
      { issuers: [{ issuer, audience: 'a', jwskUri: '' }] },
      ['issuers[0]', 'did you mean `jwksUri`?'],
    ],
    ['an issuer that is a string', { issuers: [issuer] }, ['issuers[0]', 'must be an object']],
    [
      'a misspelt option of fetching',
      { issuer, audience, keyFetch: { timeOut: 5 } },
      ['keyFetch', 'did you mean `timeout`?'],
    ],
    ['a timeout in milliseconds', { issuer, audience, keyFetch: { timeout: 5000 } }, ['`timeout` was 5000', 'seconds']],
    ['a schema that is none', { issuer, audience, claims: { sub: 'string' } }, ['`claims`', 'Standard Schema']],
    ['proofs in words', { issuer, audience, dpop: 'required' }, ["`dpop` was 'required'", 'true, false, or an object']],
    ['a misspelt option of proofs', { issuer, audience, dpop: { nonces: true } }, ['dpop', 'did you mean `nonce`?']],
    [
      'proofs with a shared secret',
      { issuer, audience, dpop: { algorithms: ['HS256'] } },
      ['`algorithms`', 'a list of RS256'],
    ],
    ['proofs that last for a day', { issuer, audience, dpop: { maxAge: 86_400 } }, ['`maxAge` was 86400']],
    [
      'a public URL with a query',
      { issuer, audience, dpop: { publicUrl: 'https://a/?b' } },
      ['`publicUrl`', 'without query'],
    ],
    ['a public URL that is none', { issuer, audience, dpop: { publicUrl: 'api.example.com' } }, ['`publicUrl`']],
    ['an empty list of public URLs', { issuer, audience, dpop: { publicUrl: [] } }, ['`publicUrl` was an empty list']],
    [
      'a header with certificates, and no proxy that writes it',
      { issuer, audience, mtls: { header: 'client-cert' } },
      ['mtls', '`header`', 'trustedProxies'],
    ],
    ['a header that is no name', { issuer, audience, mtls: { header: 'a: b' } }, ['`header`', 'the name of a header']],
    ['a format that is not known', { issuer, audience, mtls: { format: 'nginx' } }, ['`format`', "'rfc9440' or 'der'"]],
    ['a resource without URL', { issuer, audience, resource: {} }, ['resource', '`url` was undefined']],
    ['a resource with a query', { issuer, audience, resource: { url: 'https://a/?b' } }, ['`url`', 'without query']],
    [
      'an authorization server that is no URL',
      { issuer, audience, resource: { url: 'https://a', authorizationServers: ['id'] } },
      ['`authorizationServers`'],
    ],
    ['introspection without URL', { issuer, audience, introspection: {} }, ['introspection', '`url` was undefined']],
    [
      'introspection over plain http',
      { issuer, audience, introspection: { url: 'http://id.example.com/introspect', clientId: 'a' } },
      ['`url`', 'an https URL'],
    ],
    [
      'introspection without authentication',
      { issuer, audience, introspection: { url: 'https://id.example.com/introspect', clientId: 'a' } },
      ['exactly one of `clientSecret` and `clientAssertion`'],
    ],
    [
      'introspection by two issuers',
      {
        issuers: ['https://a/', 'https://b/'].map((one) => ({
          issuer: one,
          audience,
          introspection: { url: 'https://id.example.com/introspect', clientId: 'a', clientSecret: 'b' },
        })),
      },
      ['issuers[1]', 'a second issuer has `introspection`'],
    ],
    ['a wrong policy', { issuer, audience, onStoreFailure: 'ignore' }, ["`onStoreFailure` was 'ignore'", "'closed'"]],
    ['an environment that is none', { issuer, audience, env: {} }, ['`env`', 'createEnvironment()']],
  ])('refuses %s', (_case, options, words) => {
    const message = refusalOf(options)
    expect(message).toMatch(/^jwtAuth/u)
    for (const word of words) expect(message).toContain(word)
  })

  it('refuses a closed environment', async () => {
    const env = createEnvironment()
    await env.close()
    expect(() => jwtAuth({ issuer, audience, env })).toThrow(
      expect.objectContaining({ code: 'ERR_ENVIRONMENT_CLOSED' }),
    )
  })
})

describe('secret', () => {
  const refused = (secret: unknown, algorithms?: string[]): string =>
    refusalOf({ issuer, audience, secret, ...(algorithms && { algorithms }) })

  it('is accepted when it was drawn at random and is as long as the hash', () => {
    const env = testEnvironment()
    const accepted = [
      jwtAuth({ issuer, audience, secret: randomBytes(32), env }),
      jwtAuth({ issuer, audience, secret: randomBytes(24).toString('hex'), env }),
      jwtAuth({ issuer, audience, secret: randomBytes(64), algorithms: ['HS256', 'HS512'], env }),
    ]
    for (const auth of accepted) expect(auth.health().ready).toBe(true)
  })

  it('is refused when it is shorter than the hash', () => {
    expect(refused(randomBytes(31))).toContain('has 31 bytes; accepted for HS256 are at least 32')
    expect(refused(randomBytes(47), ['HS384'])).toContain('at least 48')
    expect(refused(randomBytes(63), ['HS256', 'HS512'])).toContain('HS512 are at least 64')
  })

  it.each([
    'changeme',
    'secret',
    'x'.repeat(64),
    'secretsecretsecretsecretsecretsecret',
    'your-256-bit-secret-your-256-bit-secret!',
  ])('is refused when it can be guessed, and never shown: %s', (secret) => {
    const message = refused(secret)
    expect(message).toMatch(/drawn at random/u)
    expect(message.replaceAll('`secret`', '').replaceAll('a secret', '')).not.toContain(secret)
  })

  it('is not shown when it is of the wrong kind', () => {
    expect(refused({ key: 'hunter2' })).not.toContain('hunter2')
    expect(refused('')).toContain('not shown')
  })

  it('of introspection is not shown either', () => {
    const introspection = { url: 'https://id.example.com/introspect', clientId: 'a', clientSecret: { is: 'hunter2' } }
    const message = refusalOf({ issuer, audience, introspection })
    expect(message).toContain('`clientSecret`')
    expect(message).not.toContain('hunter2')
  })

  it('goes with HMAC only', () => {
    expect(refused(randomBytes(32), ['RS256'])).toContain('RS256, which does not go with `secret`')
  })
})

describe('keys in the configuration', () => {
  it('are accepted in each form', () => {
    const env = testEnvironment()
    const accepted = [
      jwtAuth({ issuer, audience, publicKey: rsa.pem, env }),
      jwtAuth({ issuer, audience, jwks: { keys: [rsa.jwk, ec.jwk] }, env }),
      jwtAuth({ issuer: 'any text', audience, jwks: { keys: [ec.jwk] }, env }),
    ]
    expect(accepted.map((auth) => auth.health().issuers[0]?.count)).toEqual([1, 2, 1])
  })

  it.each<[string, object, string]>([
    ['a private key in PEM', { publicKey: ec.privateKey.export({ format: 'pem', type: 'pkcs8' }) }, 'a private key'],
    ['no PEM', { publicKey: 'ssh-rsa AAAA' }, 'no public key in PEM'],
    ['a private key in a key set', { jwks: { keys: [ec.privateKey.export({ format: 'jwk' })] } }, 'a private key'],
    ['a symmetric key in a key set', { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'a symmetric key'],
    ['an empty key set', { jwks: { keys: [] } }, 'holds no key'],
    ['what is no key set', { jwks: { kty: 'EC' } }, 'a JSON Web Key Set'],
    [
      'a key that fits no accepted algorithm',
      { publicKey: ec.pem, algorithms: ['RS256'] },
      'fits none of the accepted',
    ],
    [
      'HMAC with a public key',
      { publicKey: rsa.pem, algorithms: ['RS256', 'HS256'] },
      'HS256, which goes with `secret` only',
    ],
    [
      'HMAC with a key server',
      { jwksUri: `${issuer}jwks`, algorithms: ['HS256'] },
      'HS256, which goes with `secret` only',
    ],
  ])('are refused: %s', (_case, keys, words) => {
    const message = refusalOf({ issuer, audience, ...keys })
    expect(message).toContain(words)
    expect(message).not.toContain('c2VjcmV0')
  })
})
