import { accept, checkOptions, coreError, optionError, type Environment, type OptionRules } from '@sallyport/core'
import { OpaqueTokens } from './introspection/opaque-tokens.ts'
import { settleIntrospection } from './introspection/options.ts'
import type { IssuerIdentity, IssuerOptions, KeyOptions } from './issuer-options.ts'
import { signatureAlgorithms } from './keys/algorithms.ts'
import { keySourceOf, type KeySourceContext } from './keys/key-source-of.ts'
import { isKeyUrl } from './keys/url.ts'
import type { KeyFetchOptions } from './options.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** The places that keys can come from. */
const keyPlaces = ['jwksUri', 'discoveryUrl', 'jwks', 'publicKey', 'secret'] as const

const isName = accept.string.test
const isNames = (v: unknown): boolean => Array.isArray(v) && v.length > 0 && v.every((one) => isName(one))
const keyUrl = {
  accepts: 'an https URL, or an http one on this machine',
  test: (v: unknown) => isName(v) && isKeyUrl(v as string),
}

/** One word of every issuer's options. */
type FlatIssuerOptions = IssuerIdentity & { readonly [Place in (typeof keyPlaces)[number]]: unknown }

export const issuerRules: OptionRules<FlatIssuerOptions> = {
  issuer: accept.string,
  audience: { accepts: 'a non-empty string, or a list of them', test: (v) => isName(v) || isNames(v) },
  algorithms: {
    accepts: `a list of ${signatureAlgorithms.join(', ')}`,
    test: (v) => isNames(v) && (v as string[]).every((one) => signatureAlgorithms.some((known) => known === one)),
  },
  rolesClaim: { accepts: 'the name of a claim, or a path as a list', test: (v) => isName(v) || isNames(v) },
  tenantClaim: accept.string,
  introspection: accept.object,
  jwksUri: keyUrl,
  discoveryUrl: keyUrl,
  jwks: {
    accepts: 'a JSON Web Key Set, or a function that reads one',
    test: (v) => accept.object.test(v) || accept.function.test(v),
  },
  publicKey: { ...accept.string, accepts: 'a public key or certificate in PEM', secret: true },
  secret: {
    accepts: 'a string or bytes, drawn at random',
    test: (v) => isName(v) || v instanceof Uint8Array,
    secret: true,
  },
}

/** What issuers share. */
export interface IssuerContext {
  readonly keyFetch: KeyFetchOptions
  readonly environment: Environment
}

/**
 * Checks the options of one issuer and readies its keys.
 * @throws SecurityError ERR_OPTION
 */
export function settleIssuer(where: string, options: IssuerOptions, context: IssuerContext): TrustedIssuer {
  checkOptions<FlatIssuerOptions>(where, options, issuerRules)
  for (const name of ['issuer', 'audience'] as const) {
    if (options[name] === undefined) throw optionError(where, name, undefined, issuerRules[name])
  }
  const places = placesOf(where, options)
  const { issuer, audience, algorithms, rolesClaim = 'roles', tenantClaim, introspection } = options as IssuerIdentity
  const { environment } = context
  const opaque = introspection && new OpaqueTokens(issuer, settleIntrospection(where, introspection), environment)
  const keyed =
    opaque && places.length === 0
      ? undefined
      : keySourceOf(options as KeyOptions, { where, issuer, algorithms, ...context } as KeySourceContext)
  return {
    issuer,
    audience: typeof audience === 'string' ? [audience] : [...audience],
    algorithms: keyed?.accepted ?? [],
    keys: keyed?.keys,
    opaque,
    places: { roles: pathOf(rolesClaim), tenant: tenantClaim },
    live: true,
  }
}

/** Where the keys come from: one place at most. */
function placesOf(where: string, options: object): readonly string[] {
  const given = keyPlaces.filter((name) => (options as Record<string, unknown>)[name] !== undefined)
  if (given.length > 1) {
    throw coreError('ERR_OPTION', {
      message: `${where}: keys come from ${given.map((name) => `\`${name}\``).join(' and ')}; accepted is one of them`,
    })
  }
  return given
}

function pathOf(claim: string | readonly string[]): readonly string[] {
  if (typeof claim !== 'string') return [...claim]
  return claim.includes('/') ? [claim] : claim.split('.')
}
