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
  type OptionRule,
  type OptionRules,
  type StoreFailurePolicy,
} from '@sallyport/core'
import { isQuotable } from './challenge.ts'
import { issuerRules, settleIssuer } from './issuer-settings.ts'
import type { IssuerOptions } from './issuer-options.ts'
import type { CommonOptions, JwtAuthOptions, KeyFetchOptions } from './options.ts'
import type { TokenPlaces } from './token.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import type { VerifyRules } from './verify.ts'

/** The options of one `jwtAuth()`, checked and complete. */
export interface Settings extends VerifyRules {
  readonly required: boolean
  readonly places: TokenPlaces
  readonly realm: string
  readonly cacheSize: number
  readonly onStoreFailure: StoreFailurePolicy
  readonly environment: Environment
}

/** Characters of a cookie's name (RFC 6265, section 4.1.1). */
const cookieName: OptionRule = {
  accepts: "the name of a cookie, such as '__Host-token'",
  test: (v) => typeof v === 'string' && /^[!#$%&'*+.^`|~\w-]+$/.test(v),
}

const commonRules: OptionRules<CommonOptions> = {
  required: accept.boolean,
  leeway: acceptNumber('seconds', 0, 300),
  acceptPlainJwt: accept.boolean,
  cookie: cookieName,
  query: accept.string,
  maxTokenBytes: acceptNumber('bytes', 256, 65_536),
  realm: { accepts: 'printable ASCII', test: (v) => typeof v === 'string' && isQuotable(v) },
  cacheSize: acceptNumber('tokens', 0, 10_000_000),
  keyFetch: accept.object,
  onStoreFailure: acceptOneOf('closed', 'open', 'last-known-good'),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

const keyFetchRules: OptionRules<KeyFetchOptions> = {
  timeout: acceptNumber('seconds', 0.1, 60),
  maxAge: acceptNumber('seconds', 60, 86_400),
  maxStale: acceptNumber('seconds', 0, 604_800),
  coolDown: acceptNumber('seconds', 1, 3600),
  maxBytes: acceptNumber('bytes', 1024, 16_777_216),
}

const issuersRule: OptionRule = {
  accepts: 'a list of at least one issuer',
  test: (v) => Array.isArray(v) && v.length > 0,
}

/**
 * Checks the options of `jwtAuth()`.
 * @throws SecurityError ERR_OPTION
 */
export function settle(options: JwtAuthOptions): Settings {
  type Named = CommonOptions & IssuerOptions & { readonly issuers: readonly IssuerOptions[] }
  checkOptions<Named>('jwtAuth', options, {
    ...commonRules,
    ...issuerRules,
    issuers: issuersRule,
  } as OptionRules<Named>)
  const { keyFetch = {} } = options as CommonOptions
  checkOptions<KeyFetchOptions>('jwtAuth keyFetch', keyFetch, keyFetchRules)
  const environment = environmentOf(options)
  const { required = true, leeway = 5, acceptPlainJwt = false, maxTokenBytes = 8192, realm = 'api' } = options
  const { cacheSize = 20_000, onStoreFailure = 'closed', cookie, query } = options
  const trusted = issuersOf(options).map(([where, one]) => settleIssuer(where, one, { keyFetch, environment }))
  return {
    issuers: byName(trusted),
    required,
    leeway,
    acceptPlainJwt,
    maxTokenBytes,
    realm,
    cacheSize,
    onStoreFailure,
    environment,
    places: { cookie, query },
  }
}

/** Each issuer with the words that name its place in the options. */
function issuersOf(options: JwtAuthOptions): readonly (readonly [where: string, IssuerOptions])[] {
  const { issuers } = options
  if (issuers === undefined) {
    const own = Object.entries(options).filter(([name]) => Object.hasOwn(issuerRules, name))
    return [['jwtAuth', Object.fromEntries(own) as unknown as IssuerOptions]]
  }
  const stray = Object.keys(issuerRules).find((name) => options[name as keyof typeof options] !== undefined)
  if (stray !== undefined) {
    throw coreError('ERR_OPTION', {
      message: `jwtAuth: \`${stray}\` stands beside \`issuers\`; write it into the issuer that it is meant for`,
    })
  }
  return issuers.map((one, i) => [`jwtAuth issuers[${i}]`, one])
}

function byName(trusted: readonly TrustedIssuer[]): ReadonlyMap<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>()
  for (const one of trusted) {
    if (issuers.has(one.issuer)) {
      throw optionError('jwtAuth', 'issuers', one.issuer, { accepts: 'each issuer once, with all its audiences' })
    }
    issuers.set(one.issuer, one)
  }
  return issuers
}
