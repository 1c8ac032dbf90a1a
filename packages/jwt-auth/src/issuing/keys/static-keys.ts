import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { coreError } from '@sallyport/core'
import type { JWK } from 'jose'
import { judgePublicKey } from '../../keys/key.ts'
import { guessable } from '../../keys/secret.ts'
import { nameKey, privateKeyOf, type NamedKey } from './make-key.ts'
import type { AsymmetricAlgorithm, SigningKey, SigningKeys } from './signing-keys.ts'

const byKind: Readonly<Record<string, AsymmetricAlgorithm>> = {
  rsa: 'RS256',
  prime256v1: 'ES256',
  ed25519: 'EdDSA',
}

/**
 * Keys that the operator keeps and rotates: the first signs, the others are published for the tokens that they have signed, or will.
 * @throws SecurityError ERR_OPTION
 */
export function staticKeys(given: readonly (string | JWK)[]): SigningKeys {
  const keys = given.map((one, i) => readKey(one, `privateKeys[${i}]`))
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw coreError('ERR_OPTION', {
      message:
        'tokenIssuer: option `privateKeys` has two keys of one name; accepted is each key once, and each `kid` once',
    })
  }
  return fixed(keys)
}

function readKey(given: string | JWK, place: string): NamedKey {
  const wrong = (why: string): Error =>
    coreError('ERR_OPTION', {
      message: `tokenIssuer: option \`${place}\` ${why}; accepted is a private key for RS256, ES256 or EdDSA, in PEM (PKCS #8) or as a JWK`,
    })
  let key: KeyObject
  try {
    key = typeof given === 'string' ? createPrivateKey(given) : privateKeyOf(given as JsonWebKey)
  } catch {
    throw wrong('cannot be read as a private key')
  }
  const alg = byKind[key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? '']
  if (alg === undefined) throw wrong('is a key of a kind that is not supported')
  const named = typeof given === 'string' ? undefined : given
  if (named?.alg !== undefined && named.alg !== alg) throw wrong(`says it is for another algorithm than ${alg}`)
  const judged = judgePublicKey(createPublicKey(key), {})
  if ('flaw' in judged) throw wrong(`is ${judged.flaw}`)
  return nameKey(alg, key, named?.kid)
}

/**
 * A secret that the issuer shares with the one service that takes its tokens (HS256). Nothing is published.
 * @throws SecurityError ERR_OPTION
 */
export function sharedSecret(secret: string | Uint8Array): SigningKeys {
  const bytes = Buffer.from(secret as string)
  const wrong = (why: string): Error =>
    coreError('ERR_OPTION', {
      message: `tokenIssuer: option \`secret\` ${why}; accepted are at least 32 bytes drawn at random, such as by \`openssl rand -base64 48\``,
    })
  if (bytes.length < 32) throw wrong(`has ${bytes.length} bytes`)
  const weakness = guessable(bytes)
  if (weakness !== undefined) throw wrong(`is ${weakness}`)
  const key = createSecretKey(bytes)
  return fixed([{ kid: undefined, alg: 'HS256', signs: key, verifies: key, jwk: undefined }])
}

function fixed(keys: readonly SigningKey[]): SigningKeys {
  return {
    shared: keys[0]!.jwk === undefined,
    signer: () => Promise.resolve(keys[0]!),
    all: () => Promise.resolve(keys),
    rotate: () =>
      Promise.reject(
        coreError('ERR_OPTION', { message: 'tokenIssuer: keys in the options are rotated by changing the options' }),
      ),
  }
}
