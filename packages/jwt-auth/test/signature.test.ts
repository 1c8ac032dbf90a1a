import { createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../src/keys/algorithms.ts'
import { Refusal } from '../src/errors.ts'
import { isSignedBy } from '../src/signature.ts'

interface Pair {
  readonly signing: KeyObject
  readonly checking: KeyObject
}

const pairOf = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Pair => ({
  signing: privateKey,
  checking: publicKey,
})
const rsa = pairOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const ed25519 = pairOf(generateKeyPairSync('ed25519'))
const onCurve = (namedCurve: string): Pair => pairOf(generateKeyPairSync('ec', { namedCurve }))
const secret = createSecretKey(randomBytes(64))
const shared = { signing: secret, checking: secret }

const pairs: Readonly<Record<SignatureAlgorithm, Pair>> = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: onCurve('P-256'),
  ES384: onCurve('P-384'),
  ES512: onCurve('P-521'),
  EdDSA: ed25519,
  Ed25519: ed25519,
  HS256: shared,
  HS384: shared,
  HS512: shared,
}

const algorithms = Object.keys(pairs) as SignatureAlgorithm[]

const signedBy = (algorithm: SignatureAlgorithm): Promise<string> =>
  new CompactSign(Buffer.from('{"sub":"ada"}')).setProtectedHeader({ alg: algorithm }).sign(pairs[algorithm].signing)

const withSignature = (token: string, signature: Uint8Array): string =>
  `${token.slice(0, token.lastIndexOf('.') + 1)}${Buffer.from(signature).toString('base64url')}`

const signatureOf = (token: string): Buffer => Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')

describe.each(algorithms)('%s', (algorithm) => {
  const { checking } = pairs[algorithm]

  it('is what jose signs, and what jose takes for signed', async () => {
    const token = await signedBy(algorithm)
    expect(await isSignedBy(token, checking, algorithm)).toBe(true)
    await expect(compactVerify(token, checking)).resolves.toBeDefined()
  })

  it('attack: a signature of any other length', async () => {
    const token = await signedBy(algorithm)
    const good = signatureOf(token)
    for (let length = 0; length <= good.length * 2; length++) {
      if (length === good.length) continue
      const padded = Buffer.alloc(length)
      good.copy(padded)
      for (const signature of [padded, Buffer.concat([Buffer.alloc(Math.max(0, length - good.length)), good])]) {
        if (signature.length === good.length) continue
        expect(await isSignedBy(withSignature(token, signature), checking, algorithm)).toBe(false)
      }
    }
  })

  it('attack: nothing but zeros, nothing but ones', async () => {
    const token = await signedBy(algorithm)
    const { length } = signatureOf(token)
    for (const byte of [0x00, 0xff]) {
      expect(await isSignedBy(withSignature(token, Buffer.alloc(length, byte)), checking, algorithm)).toBe(false)
    }
  })

  it('attack: the signature of another algorithm with the same key', async () => {
    const others = algorithms.filter(
      (one) => one !== algorithm && pairs[one] === pairs[algorithm] && pairs[one] !== ed25519,
    )
    for (const other of others) {
      const token = await signedBy(other)
      await expect(isSignedBy(token, checking, algorithm)).rejects.toThrow(Refusal)
    }
  })
})

it('attack: a signature in DER, as most libraries make it for other protocols', async () => {
  const token = await signedBy('ES256')
  const { sign } = await import('node:crypto')
  const signed = token.slice(0, token.lastIndexOf('.'))
  const der = sign('sha256', Buffer.from(signed), pairs.ES256.signing)
  expect(await isSignedBy(withSignature(token, der), pairs.ES256.checking, 'ES256')).toBe(false)
})

it('attack: a salt of another length than the hash (RFC 7518, section 3.5)', async () => {
  const token = await signedBy('PS256')
  const { constants, sign } = await import('node:crypto')
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')))
  for (const saltLength of [0, 20, 64]) {
    const key = { key: rsa.signing, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    expect(await isSignedBy(withSignature(token, sign('sha256', signed, key)), rsa.checking, 'PS256')).toBe(false)
  }
})
