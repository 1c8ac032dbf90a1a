import type { KeyObject } from 'node:crypto'

const LEAST_BITS = 2048
/** Checking costs time with the cube of this; no real key is larger. */
const MOST_BITS = 8192
/** And with the length of this. OpenSSL has the same limit, for keys of more than 3072 bits only. */
const LEAST_SLOW_EXPONENT = 2n ** 64n

/** What is wrong with an RSA public key; nothing when it can be relied on. */
export function rsaWeakness(key: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < LEAST_BITS) return `the modulus has fewer than ${LEAST_BITS} bits`
  if (modulusLength > MOST_BITS) return `the modulus has more than ${MOST_BITS} bits`
  // FIPS 186-5, section A.1.1: odd, and above 2^16. Small exponents made forgeries possible again and again.
  if (publicExponent <= 65_536n || publicExponent % 2n === 0n) return 'the exponent is even or too small'
  if (publicExponent >= LEAST_SLOW_EXPONENT) return 'the exponent has more than 64 bits'
  const { n = '' } = key.export({ format: 'jwk' })
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
  if (modulus % 2n === 0n) return 'the modulus is even'
  return hasRocaFingerprint(modulus) ? 'the modulus has the fingerprint of CVE-2017-15361 (ROCA)' : undefined
}

const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * Whether a modulus comes from the broken generator of Infineon chips: modulo every small prime it is then a power of 65537
 * (Nemec et al., "The Return of Coppersmith's Attack", 2017). A good modulus is so by chance once in 2^27 or less.
 */
function hasRocaFingerprint(modulus: bigint): boolean {
  return smallPrimes.every((prime) => {
    const rest = Number(modulus % BigInt(prime))
    let power = 1
    do {
      if (power === rest) return true
      power = (power * 65_537) % prime
    } while (power !== 1)
    return false
  })
}
