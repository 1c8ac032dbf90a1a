import * as fc from 'fast-check'
import { clerk, guest, sharedClerk } from '../tokens.ts'
import type { WireRequest } from '../wire.ts'
import { forgedToken } from './forgeries.ts'
import { mutatedToken } from './mutations.ts'
import { anyCase, headerText, utf8Text } from './texts.ts'

/** A token of any kind, good ones among them. */
const token = fc.oneof(
  { arbitrary: fc.constantFrom(clerk, sharedClerk), weight: 4 },
  { arbitrary: fc.constant(guest), weight: 1 },
  { arbitrary: mutatedToken, weight: 3 },
  { arbitrary: forgedToken, weight: 1 },
  { arbitrary: headerText, weight: 1 },
)

const scheme = fc.oneof(
  { arbitrary: anyCase('bearer'), weight: 6 },
  {
    arbitrary: fc.constantFrom(
      'Bearer:',
      'Bearer,',
      'Bearer=',
      'bearer\u00a0',
      'Bear',
      'Token',
      'JWT',
      'Basic',
      'DPoP',
      '',
      'Bearerer',
      '"Bearer"',
    ),
    weight: 2,
  },
)

const gap = fc.oneof(
  { arbitrary: fc.constant(' '), weight: 5 },
  { arbitrary: fc.constantFrom('', '  ', '\t', ' \t', '\u00a0', ' ,'), weight: 1 },
)
const tail = fc.oneof(
  { arbitrary: fc.constant(''), weight: 6 },
  { arbitrary: fc.constantFrom(' ', '\t', ',', ' x', ', Bearer x', ';', '\u00a0'), weight: 1 },
)

const authorization = fc
  .tuple(anyCase('authorization'), fc.tuple(scheme, gap, token, tail))
  .map(([name, texts]) => [name, texts.join('')] as const)

const cookieName = fc.oneof(
  { arbitrary: fc.constant('token'), weight: 6 },
  {
    arbitrary: fc.constantFrom(
      'Token',
      'token ',
      ' token',
      '\ttoken',
      '\u00a0token',
      'token\u00a0',
      '__Host-token',
      '$token',
      '"token"',
      '',
    ),
    weight: 2,
  },
  { arbitrary: headerText, weight: 1 },
)
const cookieValue = fc
  .tuple(
    token,
    fc.constantFrom(
      (v: string) => v,
      encodeURIComponent,
      (v: string) => `"${v}"`,
      (v: string) => ` ${v}\t`,
      (v: string) => `=${v}`,
    ),
  )
  .map(([value, write]) => safely(() => write(value)))
const cookies = fc
  .array(fc.tuple(cookieName, fc.constantFrom('=', '', ' = '), cookieValue), { maxLength: 3 })
  .map((pairs) => ['Cookie', pairs.map((texts) => texts.join('')).join('; ')] as const)

const forwardedText = fc.oneof(
  fc.constantFrom(
    '127.0.0.1',
    '10.0.0.1',
    'for=10.0.0.1',
    'for="[::1]:80";proto=https;host=evil.test',
    'unknown',
    '_hidden',
    '::ffff:10.0.0.1',
    'for="',
  ),
  headerText,
)

const other = fc.oneof(
  { arbitrary: fc.tuple(fc.constantFrom('X-Forwarded-For', 'Forwarded', 'X-Real-IP'), forwardedText), weight: 3 },
  {
    arbitrary: fc.tuple(
      fc.constantFrom('X-Forwarded-Host', 'X-Forwarded-Proto', ':authority', 'X-Original-URL'),
      headerText,
    ),
    weight: 1,
  },
  {
    arbitrary: fc.tuple(
      fc.constant('Origin'),
      fc.oneof(fc.constantFrom('null', 'http://app.test', 'https://evil.test', 'http://app.test:80'), headerText),
    ),
    weight: 2,
  },
  {
    arbitrary: fc.tuple(
      fc.constant('Sec-Fetch-Site'),
      fc.constantFrom('same-origin', 'none', 'cross-site', 'same-site', 'SAME-ORIGIN', ''),
    ),
    weight: 2,
  },
  { arbitrary: fc.tuple(fc.constantFrom('X-User', 'x-roles'), fc.constantFrom('alice', '', 'clerk')), weight: 1 },
  {
    arbitrary: fc.constantFrom(
      ['Connection', 'Upgrade, close'],
      ['Upgrade', 'websocket'],
      ['Expect', '100-continue'],
      ['X-HTTP-Method-Override', 'GET'],
    ),
    weight: 1,
  },
  {
    arbitrary: fc.tuple(
      fc.constantFrom('X-Noise', 'Accept', 'Content-Type', 'User-Agent', 'If-None-Match', '__proto__', 'constructor'),
      fc.oneof(headerText, utf8Text),
    ),
    weight: 1,
  },
) as fc.Arbitrary<readonly [string, string]>

const host = fc
  .oneof(
    { arbitrary: fc.constant('app.test'), weight: 8 },
    {
      arbitrary: fc.oneof(fc.constantFrom('', '[', 'a b', 'evil.test', 'app.test:80', 'u:p@app.test'), headerText),
      weight: 1,
    },
  )
  .map((value) => ['Host', value] as const)

const method = fc.oneof(
  { arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'), weight: 8 },
  {
    arbitrary: fc.constantFrom('TRACE', 'CONNECT', 'QUERY', 'PROPFIND', 'M-SEARCH', 'PURGE', 'get', 'G\u00c9T', ''),
    weight: 1,
  },
)

const target = fc.oneof(
  { arbitrary: fc.constant('/orders'), weight: 10 },
  {
    arbitrary: fc.constantFrom(
      '/orders/',
      '/ORDERS',
      '/orders?a=b',
      '//orders',
      '/%6frders',
      '/orders/..',
      '/orders/%E0%A4%A',
      '/orders;a',
      '*',
      'http://evil.test/orders',
      'http://[/orders',
      'orders',
      '/',
      '\\orders',
      '/orders#x',
      '/orders%00',
    ),
    weight: 3,
  },
  { arbitrary: token.map((text) => `/orders?access_token=${text}`), weight: 1 },
  { arbitrary: headerText.map((text) => `/${text}`), weight: 1 },
)

/** Requests of all shapes, a good token in the right place among them. */
export const anyRequest: fc.Arbitrary<WireRequest> = fc
  .record({
    method,
    target,
    host: fc
      .array(host, { minLength: 0, maxLength: 2 })
      .map((hosts) => (hosts.length === 0 ? [['Host', 'app.test'] as const] : hosts)),
    credentials: fc.oneof(
      { arbitrary: fc.array(authorization, { minLength: 1, maxLength: 1 }), weight: 4 },
      { arbitrary: fc.array(cookies, { minLength: 1, maxLength: 2 }), weight: 3 },
      { arbitrary: fc.array(fc.oneof(authorization, cookies), { maxLength: 3 }), weight: 2 },
    ),
    others: fc.array(other, { maxLength: 4 }),
  })
  .map(({ method, target, host, credentials, others }) => ({
    method,
    target,
    headers: [...host, ...others, ...credentials],
  }))

function safely(write: () => string): string {
  try {
    return write()
  } catch {
    return ''
  }
}
