import {
  accept,
  acceptEnvironment,
  addressRanges,
  checkOptions,
  defineMiddleware,
  environmentOf,
  optionError,
  type Environment,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import { limitsError } from './errors.ts'

/** Options of `ipAllow` and `ipDeny`. */
export interface AddressListOptions {
  /** @default the environment of the process */
  readonly env?: Environment
}

const rules: OptionRules<AddressListOptions> = {
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/**
 * Lets in only clients of some addresses: `ipAllow(['10.0.0.0/8', '2001:db8::/32'])`. `'loopback'` and `'private'` (RFC 1918, RFC 4193)
 * are names of ranges. The client's address is the peer's, or what the environment's trusted proxies say of it.
 * @throws SecurityError ERR_OPTION at construction, ERR_LIMITS_ADDRESS (403) on requests, also where the address is not known any more
 */
export function ipAllow(ranges: readonly string[], options: AddressListOptions = {}): Middleware {
  return addressGate('ipAllow', ranges, options, (listed) => listed)
}

/**
 * Turns clients of some addresses away, as `ipAllow()` lets them in.
 * @throws SecurityError ERR_OPTION at construction, ERR_LIMITS_ADDRESS (403) on requests, also where the address is not known any more
 */
export function ipDeny(ranges: readonly string[], options: AddressListOptions = {}): Middleware {
  return addressGate('ipDeny', ranges, options, (listed) => !listed)
}

function addressGate(
  name: string,
  ranges: readonly string[],
  options: AddressListOptions,
  passes: (listed: boolean) => boolean,
): Middleware {
  checkOptions<AddressListOptions>(name, options, rules)
  if (!accept.strings.test(ranges) || ranges.length === 0) {
    throw optionError(name, 'ranges', ranges, { accepts: "a list of addresses and ranges, such as ['10.0.0.0/8']" })
  }
  const listed = addressRanges(name, 'ranges', ranges)
  return defineMiddleware({
    name,
    environment: environmentOf(options),
    gate({ clientAddress }) {
      if (clientAddress === '' || !passes(listed(clientAddress))) throw limitsError('ERR_LIMITS_ADDRESS')
    },
  })
}
