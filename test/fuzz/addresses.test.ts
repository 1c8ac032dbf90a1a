import { isIP } from 'node:net'
import {
  addressKey,
  createEnvironment,
  normaliseAddress,
  type Environment,
  type ForwardedHeader,
} from '@sallyport/core'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { headerText } from './arbitraries/texts.ts'
import { exchangeMaker, type Head } from './exchange.ts'
import { patience, runs } from './runs.ts'

const PROXY = '10.0.0.1'

/** Everything in 10.0.0.0/8 is a proxy. */
function environment(forwardedHeader: ForwardedHeader, trustedProxies = ['10.0.0.0/8', 'fd00::/8']): Environment {
  const env = createEnvironment({ trustedProxies, forwardedHeader })
  onTestFinished(() => env.close())
  return env
}

const client = fc.oneof(
  fc.ipV4().filter((address) => !address.startsWith('10.')),
  fc.ipV6().filter((address) => !/^fd/i.test(address) && !address.includes('.')),
)
const proxy = fc.nat({ max: 255 }).map((last) => `10.1.1.${last}`)
const port = fc.constantFrom('', ':1', ':65535')

/** What a client may have put into the header before it came to the first proxy. */
const prefix = fc.array(
  fc.oneof(
    {
      arbitrary: fc.constantFrom(
        '6.6.6.6',
        'for=6.6.6.6',
        'for=10.0.0.1',
        'for="6.6.6.6',
        'for=6.6.6.6;x="',
        'for=6.6.6.6;x="\\',
        'for="\\"',
        ',',
        ';',
        '"',
        '\\',
        'unknown',
        'for=_x;for=6.6.6.6',
      ),
      weight: 2,
    },
    { arbitrary: headerText.filter((text) => text.length < 100), weight: 1 },
  ),
  { minLength: 1, maxLength: 4 },
)

type Lines = NonNullable<Head['headers']>

/** How proxies write: one line that grows, or a line of their own. */
function lines(name: string, given: readonly string[], added: readonly string[], oneLine: boolean): Lines {
  return oneLine
    ? [[name, [...given, ...added].join(', ')]]
    : [...given, ...added].map((value) => [name, value] as const)
}

const isNormal = (address: string): boolean =>
  address === '' || (isIP(address) > 0 && normaliseAddress(address) === address)

/** Both headers, with how proxies write an address in each. */
const kinds = [
  ['x-forwarded-for', (address: string, port: string) => (address.includes(':') ? address : `${address}${port}`)],
  [
    'forwarded',
    (address: string, port: string) =>
      address.includes(':') ? `for="[${address}]${port}"` : `for="${address}${port}";proto=https`,
  ],
] as const

describe.each(kinds)('%s', (header, write) => {
  it(
    'of honest proxies: the client is who the first of them saw',
    () => {
      const make = exchangeMaker(environment(header))
      fc.assert(
        fc.property(client, fc.array(proxy, { maxLength: 3 }), port, fc.boolean(), (client, proxies, port, oneLine) => {
          const written = [client, ...proxies].map((address) => write(address, port))
          const exchange = make({ peer: PROXY, headers: lines(header, [], written, oneLine) })
          expect(exchange.clientAddress).toBe(normaliseAddress(client))
        }),
        runs(0.03),
      )
    },
    patience,
  )

  it(
    'attack: a client writes some of it before the first proxy does. It gets no other address than its own, or its proxy’s',
    () => {
      const make = exchangeMaker(environment(header))
      fc.assert(
        fc.property(prefix, client, fc.boolean(), (given, client, oneLine) => {
          const headers = lines(header, given, [write(client, '')], oneLine)
          expect([normaliseAddress(client), PROXY]).toContain(make({ peer: PROXY, headers }).clientAddress)
        }),
        runs(0.04),
      )
    },
    patience,
  )

  it(
    'attack: from anybody who is no proxy none of it counts',
    () => {
      const make = exchangeMaker(environment(header))
      fc.assert(
        fc.property(prefix, client, (given, client) => {
          const { clientAddress, peerTrusted, origin } = make({
            peer: client,
            headers: [...lines(header, given, [], true), ['X-Forwarded-Host', 'evil.test'], ['Host', 'app.test']],
          })
          expect([clientAddress, peerTrusted, origin]).toEqual([normaliseAddress(client), false, 'http://app.test'])
        }),
        runs(0.02),
      )
    },
    patience,
  )

  it(
    'whatever it holds, an address is an address, and an origin an origin',
    () => {
      const make = exchangeMaker(environment(header, ['0.0.0.0/0', '::/0']))
      const names = fc.constantFrom('X-Forwarded-For', 'Forwarded', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Host')
      const any = fc.array(
        fc.tuple(
          names,
          fc.oneof(
            headerText,
            prefix.map((texts) => texts.join(',')),
          ),
        ),
        { maxLength: 6 },
      )
      fc.assert(
        fc.property(any, fc.oneof(client, headerText), (headers, peer) => {
          const { clientAddress, origin } = make({ peer, headers })
          expect(isNormal(clientAddress)).toBe(true)
          expect(origin).toMatch(/^(?:null|https?:\/\/[^/?#@\s]+)$/)
        }),
        runs(0.03),
      )
    },
    patience,
  )
})

describe('addresses', () => {
  it(
    'have one spelling, which is an address of the same host',
    () => {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.ipV4Extended(),
            fc.ipV6(),
            fc.ipV4().map((v4) => `::ffff:${v4}`),
            headerText,
          ),
          (text) => {
            const once = normaliseAddress(text)
            expect(isNormal(once)).toBe(true)
            expect(normaliseAddress(text.toUpperCase())).toBe(once)
            if (isIP(text) === 4) expect(once).toBe(text)
            if (isIP(text) === 6) expect(once).not.toBe('')
          },
        ),
        runs(0.02),
      )
    },
    patience,
  )

  it(
    'have one spelling, however they come: with leading zeros, with and without `::` and a zone (RFC 5952)',
    () => {
      const groups = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 })
      const zone = fc.constantFrom('', '%eth0', '%1')
      fc.assert(
        fc.property(groups, fc.constantFrom(1, 4), fc.boolean(), zone, (groups, width, short, zone) => {
          const long = groups.map((group) => group.toString(16).padStart(width, '0')).join(':')
          // As URLs have it.
          const canonical = new URL(`http://[${long}]`).hostname.slice(1, -1)
          fc.pre(!canonical.startsWith('::ffff:'))
          expect(normaliseAddress(`${short ? canonical : long}${zone}`)).toBe(canonical)
        }),
        runs(0.01),
      )
    },
    patience,
  )

  it(
    'of one /64 have one key, of two /64s two',
    () => {
      const group = fc.nat({ max: 0xffff })
      const half = fc.tuple(group, group, group, group)
      const text = (groups: readonly number[]): string => groups.map((one) => one.toString(16)).join(':')
      // Not the block of IPv4-mapped addresses, each of which is a key of its own.
      const network = half.filter(([first]) => first !== 0)
      fc.assert(
        fc.property(network, network, half, half, (one, other, a, b) => {
          const key = addressKey(text([...one, ...a]))
          expect(addressKey(text([...one, ...b]))).toBe(key)
          if (text(one) !== text(other)) expect(addressKey(text([...other, ...a]))).not.toBe(key)
        }),
        runs(0.01),
      )
    },
    patience,
  )
})
