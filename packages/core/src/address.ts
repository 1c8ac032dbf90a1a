import { builtin } from './builtins.ts'

/**
 * The one spelling of an address: IPv4-mapped IPv6 becomes IPv4, a zone is dropped, IPv6 is written as RFC 5952 has it. Empty
 * for what is no address.
 */
export function normaliseAddress(given: string): string {
  const { isIPv4, isIPv6 } = builtin.net()
  let address = given
  const zone = address.indexOf('%')
  if (zone !== -1) address = address.slice(0, zone)
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return ''
  const groups = expand(address)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  }
  // The URL standard's serialiser shortens and folds as the RFC wants.
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

/**
 * The key under which one client is counted: an IPv4 address as it is, an IPv6 address by its /64, because whoever has
 * one address of a /64 has them all.
 */
export function addressKey(given: string): string {
  const address = normaliseAddress(given)
  if (builtin.net().isIP(address) !== 6) return address
  const prefix = expand(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
  return `${prefix}::/64`
}

/** The eight groups of a valid IPv6 address. */
function expand(address: string): number[] {
  let text = address
  const tail = text.slice(text.lastIndexOf(':') + 1)
  if (tail.includes('.')) {
    const [a, b, c, d] = tail.split('.').map(Number) as [number, number, number, number]
    text = `${text.slice(0, -tail.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const [head = '', rest] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  if (rest === undefined) return left.map((group) => Number.parseInt(group, 16))
  const right = rest === '' ? [] : rest.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
}
