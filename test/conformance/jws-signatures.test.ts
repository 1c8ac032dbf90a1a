import { compactVerify, importJWK, SignJWT, type JSONWebKeySet, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { environmentAt, guardedBy, type Guard } from './guarded.ts'
import { bytesOf, published, withOtherClaims, withOtherSignature } from './keys.ts'
import * as rfc7515 from './vectors/rfc7515.ts'
import * as rfc7520 from './vectors/rfc7520.ts'
import * as rfc8037 from './vectors/rfc8037.ts'

/** Before the claims of RFC 7515 expire. */
const in2011 = rfc7515.joesExpiry - 60

type Keys = Pick<Guard, 'algorithms'> & ({ readonly jwks: Guard['jwks'] } | { readonly secret: Uint8Array })

const secret = (key: string): Keys => ({ secret: bytesOf(key), algorithms: ['HS256'] })
const jwks = (key: JWK): Keys => ({ jwks: published(key) })

/** A guard for tokens of joe, as far as RFC 7515 says anything of him; what it does not say is made up here. */
function joes(keys: Keys, more: Partial<Guard> = {}): Guard {
  const env = environmentAt(in2011)
  return { issuer: 'joe', audience: 'joes-api', acceptPlainJwt: true, env, ...keys, ...more } as Guard
}

/** Vectors whose payload is a set of claims, so that they come as far as their signature and beyond. */
const withClaims: readonly (readonly [section: string, token: string, keys: Keys, stranger: Keys])[] = [
  ['A.1 HS256', rfc7515.hs256, secret(rfc7515.hmacKey), secret(rfc7520.hmacKey)],
  ['A.2 RS256', rfc7515.rs256, jwks(rfc7515.rsaKey), jwks(rfc7520.rsaKey)],
  ['A.3 ES256', rfc7515.es256, jwks(rfc7515.p256Key), jwks(otherP256())],
]

/** Vectors whose payload is prose: good signatures of what is no token. */
const withProse: readonly (readonly [section: string, token: string, keys: Keys])[] = [
  ['RFC 7515 A.4 ES512', rfc7515.es512, jwks(rfc7515.p521Key)],
  ['RFC 7520 4.1 RS256', rfc7520.rs256, jwks(rfc7520.rsaKey)],
  ['RFC 7520 4.2 PS384', rfc7520.ps384, jwks(rfc7520.rsaKey)],
  ['RFC 7520 4.3 ES512', rfc7520.es512, jwks(rfc7520.p521Key)],
  ['RFC 7520 4.4 HS256', rfc7520.hs256, secret(rfc7520.hmacKey)],
  ['RFC 8037 A.4 EdDSA', rfc8037.eddsa, jwks(rfc8037.ed25519Key)],
]

describe.each(withClaims)('RFC 7515 %s', (_section, token, keys, stranger) => {
  it('has a good signature: what is refused is that it names no subject and no audience', async () => {
    const ask = await guardedBy(joes(keys))
    expect(await ask(token)).toMatchObject({ status: 401, said: 'ERR_JWT_CLAIMS' })
  })

  it('attack: one bit of the signature is turned over, whichever byte it is in', async () => {
    const ask = await guardedBy(joes(keys))
    const bytes = bytesOf(token.split('.')[2]!).length
    for (let byte = 0; byte < bytes; byte++) {
      expect(await ask(withOtherSignature(token, byte))).toMatchObject({ status: 401, said: 'ERR_JWT_SIGNATURE' })
    }
  })

  it('attack: one character of the claims is changed', async () => {
    const ask = await guardedBy(joes(keys))
    const longer = withOtherClaims(token, '1300819380', '1900819380')
    expect(await ask(longer)).toMatchObject({ status: 401, said: 'ERR_JWT_SIGNATURE' })
  })

  it('attack: signed by somebody else’s key of the same kind', async () => {
    const ask = await guardedBy(joes(stranger))
    expect(await ask(token)).toMatchObject({ status: 401, said: 'ERR_JWT_SIGNATURE' })
  })

  it('says nowhere that it is an access token, which is refused unless the app asks for that', async () => {
    const ask = await guardedBy(joes(keys, { acceptPlainJwt: false }))
    expect(await ask(token)).toMatchObject({ status: 401, said: 'ERR_JWT_TYPE' })
  })

  it('comes from an issuer that another app does not trust', async () => {
    const ask = await guardedBy(joes(keys, { issuer: 'jane' }))
    expect(await ask(token)).toMatchObject({ status: 401, said: 'ERR_JWT_ISSUER' })
  })
})

describe.each(withProse)('%s', (_section, token, keys) => {
  it('is a good signature of what is no token', async () => {
    const { payload } = await compactVerify(token, await keyOf(keys, token))
    expect(Buffer.from(payload).toString()).not.toMatch(/^\{/)
    const ask = await guardedBy(joes(keys))
    expect(await ask(token)).toMatchObject({ status: 401, said: 'ERR_JWT_MALFORMED' })
  })
})

describe('the keys of the RFCs sign tokens', () => {
  it.each([
    ['HS256', secret(rfc7515.hmacKey), bytesOf(rfc7515.hmacKey)],
    ['HS256', secret(rfc7520.hmacKey), bytesOf(rfc7520.hmacKey)],
    ['RS256', jwks(rfc7515.rsaKey), rfc7515.rsaKey],
    ['RS512', jwks(rfc7515.rsaKey), rfc7515.rsaKey],
    ['PS384', jwks(rfc7515.rsaKey), rfc7515.rsaKey],
    ['ES256', jwks(rfc7515.p256Key), rfc7515.p256Key],
    ['ES512', jwks(rfc7515.p521Key), rfc7515.p521Key],
    ['EdDSA', jwks(rfc8037.ed25519Key), rfc8037.ed25519Key],
    ['Ed25519', jwks(rfc8037.ed25519Key), rfc8037.ed25519Key],
  ] as const)('%s: let in with what RFC 7515’s claims lack, until they expire', async (alg, keys, signer) => {
    const claims = { sub: 'joe', aud: 'joes-api', 'http://example.com/is_root': true }
    const token = await new SignJWT(claims)
      .setIssuer('joe')
      .setExpirationTime(rfc7515.joesExpiry)
      .setProtectedHeader({ typ: 'JWT', alg })
      .sign(signer)
    const before = await guardedBy(joes(keys))
    expect(await before(token)).toMatchObject({ status: 200, said: 'joe' })
    expect(await before(withOtherSignature(token, 9))).toMatchObject({ status: 401, said: 'ERR_JWT_SIGNATURE' })
    const after = await guardedBy(joes(keys, { env: environmentAt(rfc7515.joesExpiry), leeway: 0 }))
    expect(await after(token)).toMatchObject({ status: 401, said: 'ERR_JWT_EXPIRED' })
  })
})

/** A key of the same curve, with RFC 7515's point turned over: (x, −y) is on the curve too. */
function otherP256(): JWK {
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  const y = BigInt(`0x${Buffer.from(rfc7515.p256Key.y!, 'base64url').toString('hex')}`)
  const turned = Buffer.from((prime - y).toString(16).padStart(64, '0'), 'hex').toString('base64url')
  return { ...rfc7515.p256Key, y: turned }
}

async function keyOf(keys: Keys, token: string): Promise<Awaited<ReturnType<typeof importJWK>>> {
  if ('secret' in keys) return keys.secret
  const [header] = token.split('.')
  const { alg } = JSON.parse(Buffer.from(header!, 'base64url').toString()) as { alg: string }
  return importJWK((keys.jwks as JSONWebKeySet).keys[0]!, alg)
}
