import { acceptNumber, checkOptions, coreError, optionError, type Environment, type OptionRules } from '@sallyport/core'
import type { RotationOptions, TokenIssuerOptions } from '../options.ts'
import type { SigningKeys } from './signing-keys.ts'
import { sharedSecret, staticKeys } from './static-keys.ts'
import { StoredKeys } from './stored-keys.ts'

/** Options that say where keys come from. */
const names = ['algorithm', 'rotation', 'keyRing', 'unsealedKeys', 'privateKeys', 'secret'] as const

const rotationRules: OptionRules<RotationOptions> = {
  period: acceptNumber('seconds', 3600, 2 * 366 * 86_400),
  publishAhead: acceptNumber('seconds', 600, 30 * 86_400),
}

/**
 * Readies the keys of an issuer: its own, those of the operator, or a secret.
 * @param longest the longest lifetime of a token, in seconds
 * @throws SecurityError ERR_OPTION
 */
export function settleKeys(options: TokenIssuerOptions, longest: number, environment: Environment): SigningKeys {
  const { privateKeys, secret, algorithm } = options
  if (secret !== undefined) {
    demandAlone(options, 'secret', algorithm === 'HS256' ? 'algorithm' : undefined)
    return sharedSecret(secret)
  }
  if (privateKeys !== undefined) {
    demandAlone(options, 'privateKeys')
    return staticKeys(privateKeys)
  }
  return storedKeys(options, longest, environment)
}

function demandAlone(options: TokenIssuerOptions, own: string, also?: string): void {
  const stray = names.find((name) => options[name] !== undefined && name !== own && name !== also)
  if (stray === undefined) return
  throw coreError('ERR_OPTION', {
    message: `tokenIssuer: \`${stray}\` does not go with \`${own}\`; leave one of them out`,
  })
}

function storedKeys(options: TokenIssuerOptions, longest: number, environment: Environment): SigningKeys {
  const { algorithm = 'ES256', rotation = {} } = options
  if (algorithm === 'HS256') {
    throw coreError('ERR_OPTION', { message: 'tokenIssuer: `algorithm` HS256 goes with `secret` only' })
  }
  checkOptions<RotationOptions>('tokenIssuer rotation', rotation, rotationRules)
  const { period = 7_776_000, publishAhead = 86_400 } = rotation
  if (publishAhead >= period) {
    throw optionError('tokenIssuer rotation', 'publishAhead', publishAhead, {
      accepts: `less than the period (${period})`,
    })
  }
  const { keyRing = environment.keyRing, unsealedKeys = false } = options
  if (keyRing === undefined && !unsealedKeys && environment.store.kind !== 'memory') {
    throw coreError('ERR_OPTION', {
      message:
        'tokenIssuer: private keys would lie in the store for all who can read it; give the environment a `keyRing`, or say `unsealedKeys: true`',
    })
  }
  return new StoredKeys({
    issuer: options.issuer,
    alg: algorithm,
    plan: { period, publishAhead, longest },
    keyRing,
    plainAccepted: unsealedKeys,
    environment,
  })
}
