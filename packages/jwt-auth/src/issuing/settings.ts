import {
  accept,
  acceptEnvironment,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  coreError,
  environmentOf,
  optionError,
  type Environment,
  type KeyRing,
  type OptionRules,
} from '@sallyport/core'
import type { ExchangePolicy } from './exchange.ts'
import { audienceRule, type Grant } from './grant.ts'
import { settleKeys } from './keys/settle-keys.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { profiles, type LifetimeProfile, type Lifetimes } from './lifetimes.ts'
import type { LifetimeOptions, ServiceRenewalOptions, TokenIssuerOptions } from './options.ts'

/** The options of one `tokenIssuer()`, checked and complete. Times are in seconds. */
export interface IssuerSettings {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly clientId: string
  readonly lifetimes: Lifetimes
  readonly serviceTokens: Required<ServiceRenewalOptions>
  /** The longest that any token lasts. */
  readonly longest: number
  readonly tenantClaim: string
  readonly onRefresh: (grant: Grant) => Grant | undefined | Promise<Grant | undefined>
  readonly exchange: ExchangePolicy | undefined
  readonly keys: SigningKeys
  readonly environment: Environment
}

type FlatOptions = { readonly [Name in keyof TokenIssuerOptions]-?: unknown }

const profileNames = Object.keys(profiles)

const rules: OptionRules<FlatOptions> = {
  issuer: accept.string,
  audience: audienceRule,
  clientId: accept.string,
  algorithm: acceptOneOf('ES256', 'RS256', 'EdDSA', 'HS256'),
  rotation: accept.object,
  keyRing: {
    accepts: 'a key ring, such as createKeyRing({ keys })',
    test: (v) => typeof (v as KeyRing | null)?.seal === 'function',
  },
  unsealedKeys: accept.boolean,
  privateKeys: {
    accepts: 'a list of at least one private key, in PEM or as a JWK',
    test: (v) =>
      Array.isArray(v) && v.length > 0 && v.every((one) => typeof one === 'string' || accept.object.test(one)),
    secret: true,
  },
  secret: {
    accepts: 'a string or bytes, drawn at random',
    test: (v) => accept.string.test(v) || v instanceof Uint8Array,
    secret: true,
  },
  lifetimes: {
    accepts: `${acceptOneOf(...profileNames).accepts}, or an object with times in seconds`,
    test: (v) => profileNames.includes(v as string) || accept.object.test(v),
  },
  serviceTokens: accept.object,
  tenantClaim: accept.string,
  onRefresh: accept.function,
  exchange: accept.function,
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

const YEAR = 366 * 86_400

const lifetimeRules: OptionRules<LifetimeOptions> = {
  profile: acceptOneOf(...profileNames),
  access: acceptNumber('seconds', 60, 86_400),
  idle: acceptNumber('seconds', 60, YEAR),
  absolute: acceptNumber('seconds', 60, YEAR),
  grace: acceptNumber('seconds', 0, 300),
}

const serviceRules: OptionRules<ServiceRenewalOptions> = {
  // Timers hold no more than 24 days.
  period: acceptNumber('seconds', 60, 20 * 86_400),
  overlap: acceptNumber('seconds', 60, 30 * 86_400),
}

/**
 * Checks the options of `tokenIssuer()`.
 * @throws SecurityError ERR_OPTION
 */
export function settleIssuer(options: TokenIssuerOptions): IssuerSettings {
  checkOptions<FlatOptions>('tokenIssuer', options, rules)
  for (const name of ['issuer', 'audience'] as const) {
    if (options[name] === undefined) throw optionError('tokenIssuer', name, undefined, rules[name])
  }
  const environment = environmentOf(options)
  const { issuer, audience, clientId = 'app', tenantClaim = 'tenant', exchange } = options
  const { onRefresh = (grant: Grant) => grant } = options
  const lifetimes = lifetimesOf(options.lifetimes)
  checkOptions<ServiceRenewalOptions>('tokenIssuer serviceTokens', options.serviceTokens ?? {}, serviceRules)
  const { period = 604_800, overlap = 86_400 } = options.serviceTokens ?? {}
  const longest = Math.max(lifetimes.access, period + overlap)
  return {
    issuer,
    audience,
    clientId,
    lifetimes,
    serviceTokens: { period, overlap },
    longest,
    tenantClaim,
    onRefresh,
    exchange,
    keys: settleKeys(options, longest, environment),
    environment,
  }
}

function lifetimesOf(given: LifetimeProfile | LifetimeOptions = 'week'): Lifetimes {
  if (typeof given === 'string') return profiles[given]
  checkOptions<LifetimeOptions>('tokenIssuer lifetimes', given, lifetimeRules)
  const { profile = 'week', absolute = profiles[profile].absolute, ...times } = given
  // A profile's idle lifetime is its whole one: it follows where that is changed.
  const { access, idle, grace } = { ...profiles[profile], idle: absolute, ...times }
  if (access > idle || idle > absolute) {
    throw coreError('ERR_OPTION', {
      message: `tokenIssuer lifetimes: access is ${access}, idle ${idle}, absolute ${absolute} seconds; accepted is each no longer than the next`,
    })
  }
  return { access, idle, absolute, grace }
}
