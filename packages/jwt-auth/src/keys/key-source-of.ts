import { coreError, optionError, type Environment } from '@sallyport/core'
import type { KeyOptions } from '../issuer-options.ts'
import type { KeyFetchOptions } from '../options.ts'
import { asymmetricAlgorithms, leastSecretBytes, type SignatureAlgorithm } from './algorithms.ts'
import { fixedKeys, secretKey, singleKey } from './fixed-keys.ts'
import { judgePem } from './key.ts'
import { readKeySet } from './key-set.ts'
import { RemoteKeys, type KeyPlace } from './remote-keys.ts'
import { guessable } from './secret.ts'
import type { KeySource } from './source.ts'
import { isKeyUrl } from './url.ts'

/** What the keys of an issuer are made with. */
export interface KeySourceContext {
  /** The issuer's place in the options, for messages. */
  readonly where: string
  readonly issuer: string
  readonly algorithms: readonly SignatureAlgorithm[] | undefined
  readonly keyFetch: KeyFetchOptions
  readonly environment: Environment
}

/** Keys, and the algorithms that tokens signed with them may use. */
export interface ReadiedKeys {
  readonly keys: KeySource
  readonly accepted: readonly SignatureAlgorithm[]
}

/**
 * Readies the keys of an issuer. A key of a wrong kind is refused here, not at the first token.
 * @throws SecurityError ERR_OPTION
 */
export function keySourceOf(options: KeyOptions, context: KeySourceContext): ReadiedKeys {
  if (options.secret !== undefined) return fromSecret(options.secret, context)
  // With public keys an HMAC would be checked with what everybody knows.
  const accepted = asymmetricOf(context)
  if (options.publicKey !== undefined) return { keys: fromPem(options.publicKey, context), accepted }
  if (typeof options.jwks === 'function') return { keys: fetched(context, { read: options.jwks }), accepted }
  if (options.jwks !== undefined) return { keys: fromJwks(options.jwks, context), accepted }
  return { keys: fromServer(options, context), accepted }
}

function asymmetricOf({ where, algorithms }: KeySourceContext): readonly SignatureAlgorithm[] {
  const symmetric = algorithms?.find((one) => !asymmetricAlgorithms.includes(one))
  if (symmetric === undefined) return algorithms ?? asymmetricAlgorithms
  throw coreError('ERR_OPTION', {
    message: `${where}: option \`algorithms\` names ${symmetric}, which goes with \`secret\` only; accepted is ${asymmetricAlgorithms.join(', ')}`,
  })
}

function fromSecret(secret: string | Uint8Array, { where, algorithms = ['HS256'] }: KeySourceContext): ReadiedKeys {
  const bytes = Buffer.from(secret as string)
  for (const one of algorithms) {
    if (asymmetricAlgorithms.includes(one)) {
      throw coreError('ERR_OPTION', {
        message: `${where}: option \`algorithms\` names ${one}, which does not go with \`secret\``,
      })
    }
    const least = leastSecretBytes(one)
    if (bytes.length < least) {
      throw coreError('ERR_OPTION', {
        message: `${where}: option \`secret\` has ${bytes.length} bytes; accepted for ${one} are at least ${least}, drawn at random`,
      })
    }
  }
  const weakness = guessable(bytes)
  if (weakness !== undefined) {
    throw coreError('ERR_OPTION', {
      message: `${where}: option \`secret\` is ${weakness}; accepted is one drawn at random, such as by \`openssl rand -base64 48\``,
    })
  }
  return { keys: singleKey(secretKey(bytes, algorithms)), accepted: algorithms }
}

function fromPem(pem: string, { where, algorithms }: KeySourceContext): KeySource {
  const judged = judgePem(pem, algorithms)
  if ('key' in judged) return singleKey(judged.key)
  throw coreError('ERR_OPTION', {
    message: `${where}: option \`publicKey\` is ${judged.flaw}; accepted is a public key or certificate in PEM`,
  })
}

function fromJwks(jwks: unknown, { where, algorithms }: KeySourceContext): KeySource {
  const read = readKeySet(jwks, algorithms)
  if (!read) throw optionError(where, 'jwks', jwks, { accepts: 'a JSON Web Key Set: { keys: [ … ] }', secret: true })
  const [flaw] = read.flaws
  // A server may publish what is not for us; in a configuration it is a mistake.
  if (flaw !== undefined) {
    throw coreError('ERR_OPTION', {
      message: `${where}: option \`jwks\` holds ${flaw}; accepted are public keys for signatures`,
    })
  }
  if (read.set.keys.length === 0) {
    throw coreError('ERR_OPTION', { message: `${where}: option \`jwks\` holds no key; accepted is at least one` })
  }
  return fixedKeys(read.set)
}

function fromServer(options: KeyOptions, context: KeySourceContext): KeySource {
  const { where, issuer } = context
  const { jwksUri, discoveryUrl } = options
  if (jwksUri === undefined && discoveryUrl === undefined && !isKeyUrl(issuer)) {
    throw optionError(where, 'issuer', issuer, {
      accepts:
        'an https URL, or an http one on this machine, where no source of keys is given, because the keys are found from it',
    })
  }
  return fetched(context, { jwksUri, discoveryUrl })
}

function fetched({ issuer, algorithms, keyFetch, environment }: KeySourceContext, place: KeyPlace): KeySource {
  const { timeout = 5, maxAge = 3600, maxStale = 3600, coolDown = 30, maxBytes = 262_144 } = keyFetch
  return new RemoteKeys({
    issuer,
    place,
    allowed: algorithms,
    timeout: timeout * 1000,
    maxAge: maxAge * 1000,
    maxStale: maxStale * 1000,
    coolDown: coolDown * 1000,
    maxBytes,
    environment,
  })
}
