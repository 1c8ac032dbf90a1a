import {
  accept,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  coreError,
  optionError,
  type OptionRules,
} from '@sallyport/core'
import { isKeyUrl } from '../keys/url.ts'

/**
 * How opaque tokens are looked up at their issuer (RFC 7662). All times are in seconds. This service proves who it is by `clientSecret` or
 * by `clientAssertion`.
 */
export interface IntrospectionOptions {
  /** The issuer's introspection endpoint: https, or http on this machine. */
  readonly url: string
  /** Under which id the issuer knows this service. */
  readonly clientId: string
  readonly clientSecret?: string
  /** Whether the secret is sent in the Authorization header or in the body (RFC 6749, section 2.3.1). @default 'basic' */
  readonly clientSecretIn?: 'basic' | 'post'
  /** Makes a JWT that proves who this service is (RFC 7523), for each request anew. Its key stays with the app. */
  readonly clientAssertion?: () => string | Promise<string>
  /** How long an answer about an active token is remembered, and never beyond the token's `exp`. A token that is revoked lives on for as long. @default 30 */
  readonly maxAge?: number
  /** How long it is remembered that a token is not active. @default 10 */
  readonly negativeMaxAge?: number
  /** Time for one request. @default 5 */
  readonly timeout?: number
  /** Most requests at a time; above that tokens that are not remembered get 503. @default 100 */
  readonly concurrency?: number
  /** Whether answers without `aud` are accepted, for issuers that tell a service only of tokens that are meant for it. @default false */
  readonly acceptWithoutAudience?: boolean
  /** Whether answers without `token_type` are accepted. Some issuers leave it out of what they say of refresh tokens. @default false */
  readonly acceptUntyped?: boolean
}

/** The options, checked and complete. */
export interface IntrospectionSettings extends Required<
  Omit<IntrospectionOptions, 'clientSecret' | 'clientAssertion'>
> {
  readonly clientSecret: string | undefined
  readonly clientAssertion: (() => string | Promise<string>) | undefined
}

const rules: OptionRules<IntrospectionOptions> = {
  url: { accepts: 'an https URL, or an http one on this machine', test: (v) => typeof v === 'string' && isKeyUrl(v) },
  clientId: accept.string,
  clientSecret: { ...accept.string, secret: true },
  clientSecretIn: acceptOneOf('basic', 'post'),
  clientAssertion: accept.function,
  maxAge: acceptNumber('seconds', 0, 3600),
  negativeMaxAge: acceptNumber('seconds', 0, 600),
  timeout: acceptNumber('seconds', 0.1, 60),
  concurrency: acceptNumber('requests', 1, 10_000),
  acceptWithoutAudience: accept.boolean,
  acceptUntyped: accept.boolean,
}

/**
 * Checks the options of introspection.
 * @throws SecurityError ERR_OPTION
 */
export function settleIntrospection(where: string, options: IntrospectionOptions): IntrospectionSettings {
  const place = `${where} introspection`
  checkOptions<IntrospectionOptions>(place, options, rules)
  for (const name of ['url', 'clientId'] as const) {
    if (options[name] === undefined) throw optionError(place, name, undefined, rules[name])
  }
  const { clientSecret, clientAssertion } = options
  if ((clientSecret === undefined) === (clientAssertion === undefined)) {
    throw coreError('ERR_OPTION', {
      message: `${place}: exactly one of \`clientSecret\` and \`clientAssertion\` says how this service proves who it is`,
    })
  }
  const defaults = { clientSecretIn: 'basic', maxAge: 30, negativeMaxAge: 10, timeout: 5, concurrency: 100 } as const
  const refusals = { acceptWithoutAudience: false, acceptUntyped: false }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...defaults, ...refusals, clientSecret, clientAssertion, ...(given as unknown as IntrospectionOptions) }
}
