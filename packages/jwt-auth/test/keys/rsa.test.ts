import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rsaWeakness } from '../../src/keys/rsa.ts'

/** A public key of any numbers: the product of two primes or not. */
function keyOf(modulus: bigint, exponent = 65_537n): KeyObject {
  const number = (value: bigint): string => {
    const hex = value.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
  }
  return createPublicKey({ key: { kty: 'RSA', n: number(modulus), e: number(exponent) }, format: 'jwk' })
}

function modulusOf(key: KeyObject): bigint {
  return BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`)
}

describe('rsaWeakness', () => {
  const good = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey

  it('finds nothing wrong with keys as they are made today', () => {
    expect(rsaWeakness(good)).toBeUndefined()
    expect(rsaWeakness(generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey)).toBeUndefined()
  })

  it.each([512, 1024, 2047])('refuses a modulus of %i bits', (bits) => {
    expect(rsaWeakness(keyOf((1n << BigInt(bits)) - 1n))).toContain('fewer than 2048 bits')
  })

  it('refuses a modulus so large that checking it is a denial of service', () => {
    expect(rsaWeakness(keyOf((1n << 8193n) - 1n))).toContain('more than 8192 bits')
  })

  it.each([1n, 3n, 17n, 65_536n, 65_538n, 2n ** 64n + 1n, 2n ** 2000n + 1n])('refuses the exponent %i', (exponent) => {
    expect(rsaWeakness(keyOf(modulusOf(good), exponent))).toContain('exponent')
  })

  it('refuses an even modulus', () => {
    expect(rsaWeakness(keyOf(modulusOf(good) - 1n))).toContain('even')
  })

  it('refuses the fingerprint of CVE-2017-15361 (ROCA)', () => {
    // As the broken generator makes its primes: a multiple of the primorial plus a power of 65537 modulo it.
    const primes = [
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
      73n,
      79n,
      83n,
    ]
    const more = [89n, 97n, 101n, 103n, 107n, 109n, 113n, 127n, 131n, 137n, 139n, 149n, 151n, 157n, 163n, 167n]
    const primorial = [2n, ...primes, ...more].reduce((product, prime) => product * prime, 1n)
    const factor = (k: bigint, a: number): bigint => {
      let power = 1n
      for (let i = 0; i < a; i++) power = (power * 65_537n) % primorial
      return k * primorial + power
    }
    const shift = 1n << (1023n - BigInt(primorial.toString(2).length - 1))
    const modulus = factor(shift + 12_345n, 1234) * factor(shift + 99_991n, 4321)
    expect(modulus.toString(2).length).toBeGreaterThanOrEqual(2047)
    const weakness = rsaWeakness(keyOf(modulus.toString(2).length < 2048 ? modulus * 65_537n : modulus))
    expect(weakness).toContain('ROCA')
  })
})
