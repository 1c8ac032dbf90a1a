import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { judgeJwk, judgePem, judgePublicKey } from '../../src/keys/key.ts'
import { makeKey, type TestAlgorithm } from '../support/signing-key.ts'

const rsa = makeKey('RS256', 'rsa-1')
const ec = makeKey('ES256', 'ec-1')

const flawOf = (jwk: unknown, allowed?: Parameters<typeof judgeJwk>[1]): string | undefined => {
  const judged = judgeJwk(jwk, allowed)
  return 'flaw' in judged ? judged.flaw : undefined
}
const algorithmsOf = (jwk: unknown): readonly string[] | undefined => {
  const judged = judgeJwk(jwk)
  return 'key' in judged ? judged.key.algorithms : undefined
}

describe('judgeJwk', () => {
  it.each<TestAlgorithm>(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    "keeps to a key's own alg: %s",
    (alg) => {
      expect(algorithmsOf(makeKey(alg).jwk)).toEqual([alg])
    },
  )

  it('derives algorithms from the kind of a key that names none', () => {
    const { alg: _rsaAlg, ...anyRsa } = rsa.jwk
    const { alg: _ecAlg, ...anyEc } = ec.jwk
    expect(algorithmsOf(anyRsa)).toEqual(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])
    expect(algorithmsOf(anyEc)).toEqual(['ES256'])
  })

  it.each([
    ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 'k' }],
    ['a private key', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }],
    ['a key for encryption', { ...ec.jwk, use: 'enc' }],
    ['a key that may only sign', { ...ec.jwk, key_ops: ['sign'] }],
    ['operations that are no list', { ...ec.jwk, key_ops: 'verify' }],
    ['an HMAC with an RSA key', { ...rsa.jwk, alg: 'HS256' }],
    ['an algorithm of another kind of key', { ...rsa.jwk, alg: 'ES256' }],
    ['an algorithm of another curve', { ...ec.jwk, alg: 'ES384' }],
    ['an algorithm for encryption', { ...rsa.jwk, alg: 'RSA-OAEP-256' }],
    ['no algorithm', { ...rsa.jwk, alg: 'none' }],
    ['an alg that is no string', { ...rsa.jwk, alg: 5 }],
    ['a kid that is no string', { ...rsa.jwk, kid: 5 }],
    ['a kind that is not known', { kty: 'XYZ', kid: 'k' }],
    ['a kind that is inherited', { kty: 'toString', kid: 'k' }],
    ['a point that is not on the curve', { ...ec.jwk, x: ec.jwk.y, y: ec.jwk.x }],
    ['no modulus', { kty: 'RSA', e: 'AQAB' }],
    ['a key for key agreement', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
    [
      'a curve of cryptocurrencies',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
    ],
    [
      'an RSA key of 1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    ],
    ['null', null],
    ['a list', []],
    ['a string', 'key'],
  ])('leaves out %s', (_case, jwk) => {
    expect(flawOf(jwk)).toBeTypeOf('string')
  })

  it('leaves out what the app does not accept', () => {
    expect(flawOf(rsa.jwk, ['PS256', 'ES256'])).toContain('none of the accepted algorithms')
    expect(flawOf(ec.jwk, ['PS256', 'ES256'])).toBeUndefined()
  })

  it('never looks at certificates in a key', () => {
    expect(flawOf({ ...ec.jwk, x5c: ['garbage'], x5u: 'https://evil.example/' })).toBeUndefined()
  })
})

describe('judgePem', () => {
  it('takes a public key', () => {
    const judged = judgePem(rsa.pem)
    expect('key' in judged && judged.key.algorithms).toContain('RS256')
  })

  it('takes the key of a certificate', () => {
    const judged = judgePem(certificate)
    expect('key' in judged && judged.key.algorithms).toEqual(['ES256'])
  })

  it.each([
    ['a private key', ec.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string],
    ['an RSA private key in the old form', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }) as string],
    [
      'a private key behind the public one',
      rsa.pem + (ec.privateKey.export({ format: 'pem', type: 'sec1' }) as string),
    ],
    ['no PEM', 'ssh-rsa AAAA'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('refuses %s, and repeats nothing of it', (_case, pem) => {
    const judged = judgePem(pem)
    expect('flaw' in judged && judged.flaw).toMatch(/^(?:a private key|no public key in PEM)$/u)
  })
})

describe('judgePublicKey', () => {
  it('refuses a secret', () => {
    expect(judgePublicKey(createSecretKey(Buffer.alloc(32)), {})).toHaveProperty('flaw')
  })

  it('tells one key from another, whatever they are called', () => {
    const identity = (judged: ReturnType<typeof judgeJwk>): string | undefined =>
      'key' in judged ? judged.key.identity : undefined
    const other = makeKey('ES256', 'ec-1')
    expect(identity(judgeJwk(ec.jwk))).toBe(identity(judgeJwk({ ...ec.jwk })))
    expect(identity(judgeJwk(ec.jwk))).not.toBe(identity(judgeJwk(other.jwk)))
    expect(identity(judgeJwk(ec.jwk))).not.toBe(identity(judgeJwk({ ...ec.jwk, kid: 'ec-2' })))
  })
})

/** Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=test -days 1`: its dates are long over. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUS9p8qyAWl/wvU9O53rWF+pvaKjEwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjEwNjIxMzNaFw0yNjExMjIwNjIxMzNa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ4cLLS
gLxB/PHmoYb3t0H+M4NHmF5QSDDTAd9XQq0Fgg6443whrmYJpzLeYDpne+nXGcx/
XTHsfVX6YB3x4MGmo1MwUTAdBgNVHQ4EFgQUy+i5d4OaKKSyzh8SG9GHMlAV/PYw
HwYDVR0jBBgwFoAUy+i5d4OaKKSyzh8SG9GHMlAV/PYwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEAod8Y6AbtmTG9glHHpR8oYZDgLlO7eUA50BBc
s+95+isCIQDFaLyPVg4zevipkRnFCyovUc2QVCBcP4SiJ6xiz+wSLQ==
-----END CERTIFICATE-----`
