import { isIPv4, isIPv6 } from 'node:net'

/** How addresses are kept: as they are, without their last part (/24 of IPv4, /48 of IPv6), or not at all. */
export type AddressDetail = 'full' | 'truncated' | 'none'

/** An address as it is kept. */
export function keptAddress(address: string, detail: AddressDetail): string | undefined {
  if (detail === 'none' || address === '') return undefined
  return detail === 'full' ? address : prefixOf(address, 24, 48)
}

/** The wide network of an address, for who has no database of autonomous systems. */
export function networkOf(address: string, asn: number | undefined): string | undefined {
  if (asn !== undefined) return `AS${asn}`
  return prefixOf(address, 16, 32)
}

/** The first bits of an address, the rest zero; in whole bytes or groups. */
function prefixOf(address: string, bits4: 16 | 24, bits6: 32 | 48): string | undefined {
  if (isIPv4(address)) {
    const kept = address.split('.').slice(0, bits4 / 8)
    return [...kept, ...Array.from({ length: 4 - kept.length }, () => '0')].join('.')
  }
  if (!isIPv6(address)) return undefined
  // Normalised, an address has its first groups in front of any '::' or has zeros there.
  const [head = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const kept = Array.from({ length: bits6 / 16 }, (_, i) => groups[i] ?? '0')
  return `${kept.join(':')}::`
}
