import { createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeTestKey, type TestAlgorithm } from '@sallyport/jwt-auth/testing'
import { rsaKey, thumbprint } from '../../../../test/conformance/vectors/rfc7638.ts'
import { ed25519Key } from '../../../../test/conformance/vectors/rfc8037.ts'
import { isWellSpelt, thumbprintOf } from '../../src/dpop/thumbprint.ts'

const keyOf = (jwk: object) => createPublicKey({ key: jwk as never, format: 'jwk' })

describe('thumbprintOf', () => {
  it('is that of RFC 7638, section 3.1', () => {
    expect(thumbprintOf(keyOf(rsaKey))).toBe(thumbprint)
  })

  it('is that of RFC 8037, appendix A.3', () => {
    const { d: _d, ...publicKey } = ed25519Key
    expect(thumbprintOf(keyOf(publicKey))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it.each<TestAlgorithm>(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])('is what jose makes of %s', async (alg) => {
    const { publicKey } = makeTestKey(alg)
    expect(thumbprintOf(publicKey)).toBe(await calculateJwkThumbprint(await exportJWK(publicKey)))
  })

  it('is one, however the key is written down', () => {
    expect(thumbprintOf(keyOf({ ...rsaKey, kid: 'other', alg: undefined, use: 'sig' }))).toBe(thumbprint)
    expect(thumbprintOf(keyOf({ ...rsaKey, n: `${rsaKey.n}=` }))).toBe(thumbprint)
  })
})

describe('isWellSpelt', () => {
  const key = keyOf(rsaKey)

  it('knows the one spelling, with other members beside it', () => {
    expect(isWellSpelt(rsaKey, key)).toBe(true)
  })

  it.each([
    { ...rsaKey, n: `${rsaKey.n}=` },
    { ...rsaKey, n: `AA${rsaKey.n}` },
    { ...rsaKey, e: 'AAEAAQ' },
    { ...rsaKey, n: rsaKey.n!.replaceAll('_', '/') },
    { kty: 'RSA' },
    null,
  ])('tells other ones: %#', (jwk) => {
    expect(isWellSpelt(jwk, key)).toBe(false)
  })
})
