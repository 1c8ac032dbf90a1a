import type { BlockList } from 'node:net'
import { normaliseAddress } from './address.ts'
import { builtin } from './builtins.ts'
import { coreError } from './errors.ts'

/** Short names for ranges that nobody knows by heart. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  // RFC 1918 and RFC 4193.
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * Tells whether an address is in one of some ranges: addresses, CIDR ranges such as `10.0.0.0/8` or `fd00::/8`, and the names `loopback` and
 * `private`. What is no address is in none.
 * @throws SecurityError ERR_OPTION naming the factory and the option
 */
export function addressRanges(
  factory: string,
  option: string,
  ranges: readonly string[],
): (address: string) => boolean {
  const list = new (builtin.net().BlockList)()
  for (const range of ranges.flatMap((one) => (Object.hasOwn(NAMED, one) ? NAMED[one]! : [one]))) {
    addRange(list, range, factory, option)
  }
  return (given) => {
    const address = normaliseAddress(given)
    return address !== '' && list.check(address, builtin.net().isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}

function addRange(list: BlockList, range: string, factory: string, option: string): void {
  const [address = '', bits, more] = range.split('/')
  const family = builtin.net().isIP(address)
  const most = family === 6 ? 128 : 32
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (family === 0 || more !== undefined || length < 0 || length > most) {
    throw coreError('ERR_OPTION', {
      message: `${factory}: option \`${option}\` has '${range}'; accepted are addresses, CIDR ranges such as '10.0.0.0/8' or 'fd00::/8', 'loopback' and 'private'`,
    })
  }
  list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
}
