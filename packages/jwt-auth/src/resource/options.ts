import { accept, checkOptions, optionError, type OptionRule, type OptionRules } from '@sallyport/core'
import { isQuotable } from '../challenge.ts'
import { isKeyUrl } from '../keys/url.ts'

/** What the metadata of this resource tell (RFC 9728, section 2). What is not given is told from the other options, or not at all. */
export interface ResourceOptions {
  /** The resource's identifier: the URL under which clients know this service, https but on this machine, without query. */
  readonly url: string
  /** Where clients get tokens. @default the issuers at the time that are such URLs */
  readonly authorizationServers?: readonly string[]
  /** Scopes that clients may ask for. */
  readonly scopes?: readonly string[]
  /** For people. */
  readonly name?: string
  /** URL of what developers read. */
  readonly documentation?: string
  /** URL of how clients may use the data. */
  readonly policy?: string
  /** URL of the terms of service. */
  readonly termsOfService?: string
}

const url: OptionRule = {
  accepts: 'an https URL, or an http one on this machine',
  test: (v) => typeof v === 'string' && isKeyUrl(v),
}

const rules: OptionRules<ResourceOptions> = {
  url: {
    accepts: 'an https URL, or an http one on this machine, without query',
    test: (v) => url.test(v) && isQuotable(v as string) && !(v as string).includes('?'),
  },
  authorizationServers: {
    accepts: `a list of ${url.accepts}`,
    test: (v) => Array.isArray(v) && v.every((one) => url.test(one)),
  },
  scopes: accept.strings,
  name: accept.string,
  documentation: url,
  policy: url,
  termsOfService: url,
}

/**
 * Checks the option `resource`.
 * @throws SecurityError ERR_OPTION
 */
export function checkResource(options: ResourceOptions): ResourceOptions {
  checkOptions<ResourceOptions>('jwtAuth resource', options, rules)
  if (options.url === undefined) throw optionError('jwtAuth resource', 'url', undefined, rules.url)
  return options
}
