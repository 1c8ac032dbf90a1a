import {
  accept,
  acceptEnvironment,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  coreError,
  environmentOf,
  type Environment,
  type OptionRule,
  type OptionRules,
  type StoreFailurePolicy,
} from '@sallyport/core'
import { isQuotable } from './challenge.ts'
import type { ClaimsObject } from './claims-schema.ts'
import { KnownHeaders } from './header.ts'
import { settleDpop, type DpopSettings } from './dpop/options.ts'
import { issuerRules } from './issuer-settings.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { Issuers } from './issuers.ts'
import { settleMtls, type MtlsSettings } from './mtls/options.ts'
import type { CommonOptions, JwtAuthOptions, KeyFetchOptions } from './options.ts'
import { checkResource, type ResourceOptions } from './resource/options.ts'
import { isStandardSchema } from './standard-schema.ts'
import type { TokenPlaces } from './token.ts'
import type { VerifyRules } from './verify.ts'

/** The options of one `jwtAuth()`, checked and complete. */
export interface Settings extends VerifyRules {
  readonly required: boolean
  readonly places: TokenPlaces
  readonly realm: string
  readonly resource: ResourceOptions | undefined
  readonly dpop: DpopSettings | undefined
  readonly mtls: MtlsSettings | undefined
  readonly cacheSize: number
  readonly onStoreFailure: StoreFailurePolicy
  readonly environment: Environment
}

/** Characters of a cookie's name (RFC 6265, section 4.1.1). */
const cookieName: OptionRule = {
  accepts: "the name of a cookie, such as '__Host-token'",
  test: (v) => typeof v === 'string' && /^[!#$%&'*+.^`|~\w-]+$/.test(v),
}

/** On, off, or on with options of its own. */
const feature: OptionRule = {
  accepts: 'true, false, or an object with options',
  test: (v) => accept.boolean.test(v) || accept.object.test(v),
}

const commonRules: OptionRules<CommonOptions> = {
  required: accept.boolean,
  leeway: acceptNumber('seconds', 0, 300),
  acceptPlainJwt: accept.boolean,
  claims: {
    accepts: 'a schema of zod, valibot, arktype or another that speaks Standard Schema',
    test: isStandardSchema,
  },
  dpop: feature,
  mtls: feature,
  resource: accept.object,
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
  accepts: 'a list of issuers',
  test: (v) => Array.isArray(v),
}

/**
 * Checks the options of `jwtAuth()`.
 * @throws SecurityError ERR_OPTION
 */
export function settle(options: JwtAuthOptions<boolean, ClaimsObject>): Settings {
  type Named = CommonOptions & IssuerOptions & { readonly issuers: readonly IssuerOptions[] }
  checkOptions<Named>('jwtAuth', options, {
    ...commonRules,
    ...issuerRules,
    issuers: issuersRule,
  } as OptionRules<Named>)
  const common: CommonOptions<boolean, ClaimsObject> = options
  const { keyFetch = {} } = common
  checkOptions<KeyFetchOptions>('jwtAuth keyFetch', keyFetch, keyFetchRules)
  const environment = environmentOf(common)
  const { required = true, leeway = 5, acceptPlainJwt = false, maxTokenBytes = 8192, realm = 'api' } = common
  const { cacheSize = 20_000, onStoreFailure = 'closed', cookie, query, claims, resource } = common
  const dpop = settleDpop(common.dpop)
  const mtls = settleMtls(common.mtls, environment)
  const issuers = new Issuers({ keyFetch, environment })
  for (const [where, one] of issuersOf(options)) issuers.add(where, one)
  return {
    issuers,
    required,
    leeway,
    acceptPlainJwt,
    headers: new KnownHeaders(),
    maxTokenBytes,
    realm,
    resource: resource && checkResource(resource),
    schema: claims,
    dpop,
    mtls,
    provable: { dpop: dpop !== undefined, mtls: mtls !== undefined },
    cacheSize,
    onStoreFailure,
    environment,
    places: { cookie, query, dpop: dpop !== undefined },
  }
}

/** Each issuer with the words that name its place in the options. */
function issuersOf(
  options: JwtAuthOptions<boolean, ClaimsObject>,
): readonly (readonly [where: string, IssuerOptions])[] {
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
