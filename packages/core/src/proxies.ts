import { normaliseAddress } from './address.ts'
import { addressRanges } from './address-ranges.ts'

/** Which header the trusted proxies write. Only this one is read: the other may come from the client unchanged. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/** The proxies that are believed. */
export interface TrustedProxies {
  readonly header: ForwardedHeader
  readonly any: boolean
  trusts(address: string): boolean
  /**
   * Walks from the connection's peer outwards, as long as the one who reports is trusted. A hop that cannot be read ends
   * the walk at the proxy that reported it.
   */
  client(peer: string, hops: readonly Hop[]): { readonly address: string; readonly hop: Hop | undefined }
}

/** What one proxy says of who connected to it. */
export interface Hop {
  readonly address: string
  readonly scheme?: string
  readonly authority?: string
}

/** @throws SecurityError ERR_OPTION for what is no CIDR range or address */
export function createTrustedProxies(ranges: readonly string[], header: ForwardedHeader): TrustedProxies {
  const listed = addressRanges('createEnvironment', 'trustedProxies', ranges)
  const known = new Map<string, boolean>()
  const trusts = (address: string): boolean => {
    if (ranges.length === 0 || address === '') return false
    let trusted = known.get(address)
    if (trusted === undefined) {
      trusted = listed(address)
      // The peers of an app behind proxies are few; of an app that faces the world they are not.
      if (known.size < 1000) known.set(address, trusted)
    }
    return trusted
  }
  return {
    header,
    any: ranges.length > 0,
    trusts,
    client(peer, hops) {
      let address = peer
      let last: Hop | undefined
      for (let i = hops.length - 1; i >= 0 && trusts(address); i--) {
        const reported = normaliseAddress(hops[i]!.address)
        if (reported === '') break
        address = reported
        last = hops[i]!
      }
      return { address, hop: last }
    },
  }
}

/** Hops of `X-Forwarded-For`, outermost first. */
export function hopsOfXForwardedFor(lines: readonly string[]): Hop[] {
  if (lines.length === 0) return []
  return lines
    .join(',')
    .split(',')
    .map((entry) => ({ address: withoutPort(entry.trim()) }))
}

/** Hops of `Forwarded` (RFC 7239), outermost first. Of what cannot be parsed, the address is empty, which ends the walk. */
export function hopsOfForwarded(lines: readonly string[]): Hop[] {
  if (lines.length === 0) return []
  const elements = splitUnquoted(lines.join(','), ',')
  // A quote that the client left open would swallow what the proxies appended after it, on lines of their own too.
  if (elements === undefined) return [{ address: '' }]
  return elements.map((element) => {
    const pairs = new Map<string, string>()
    for (const pair of splitUnquoted(element, ';') ?? []) {
      const at = pair.indexOf('=')
      if (at > 0) pairs.set(pair.slice(0, at).trim().toLowerCase(), unquote(pair.slice(at + 1).trim()))
    }
    const scheme = pairs.get('proto')
    const authority = pairs.get('host')
    return {
      address: withoutPort(pairs.get('for') ?? ''),
      ...(scheme !== undefined && { scheme }),
      ...(authority !== undefined && { authority }),
    }
  })
}

function withoutPort(node: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(node)
  if (bracketed) return bracketed[1]!
  const v4 = /^([\d.]+):\d+$/.exec(node)
  return v4 ? v4[1]! : node
}

/** The parts between separators that stand in no quotes; `undefined` where a quote is left open. */
function splitUnquoted(text: string, separator: string): string[] | undefined {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted && c === '\\') i++
    else if (c === '"') quoted = !quoted
    else if (c === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return quoted ? undefined : parts
}

function unquote(value: string): string {
  return value.startsWith('"') && value.endsWith('"') && value.length > 1
    ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : value
}
