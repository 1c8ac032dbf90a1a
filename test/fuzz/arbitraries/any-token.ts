import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { publishedKeys, sharedKey, type SigningKey } from '../keys.ts'
import { AUDIENCE, ISSUER, NOW, SHARED_ISSUER } from '../tokens.ts'
import { oddCharacter } from './texts.ts'

const json = fc.jsonValue({ maxDepth: 2 })

/** Most of the time as it is, now and then another one. */
export function nowAndThen<Value>(usual: Value, odd: fc.Arbitrary<unknown>, weight = 12): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: odd, weight: 1 })
}

/** RSA takes long to sign. */
const key: fc.Arbitrary<SigningKey> = fc.oneof(
  ...publishedKeys.map((one) => ({
    arbitrary: fc.constant(one as SigningKey),
    weight: /^[RP]S/.test(one.alg) ? 1 : 4,
  })),
  { arbitrary: fc.constant(sharedKey), weight: 4 },
)

const time = (...around: readonly number[]): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constantFrom<unknown>(...around.map((one) => NOW + one), null, String(NOW), 0, -1, 1e300, [NOW]), json)

const name = fc.oneof(fc.constantFrom<unknown>('', null, undefined, 1, ['a'], '\ud800'), json)

/** Claims as RFC 9068 has them, one or another of them odd. */
const claims = (issuer: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    iss: nowAndThen(issuer, fc.oneof(fc.constantFrom<unknown>(SHARED_ISSUER, ISSUER, `${ISSUER}x`, undefined), json)),
    aud: nowAndThen(
      AUDIENCE,
      fc.oneof(fc.constantFrom<unknown>([AUDIENCE], ['x', AUDIENCE], 'x', [], undefined, '', [AUDIENCE, 1]), json),
      6,
    ),
    sub: nowAndThen('alice', name),
    client_id: nowAndThen('spa', name),
    jti: nowAndThen('j1', name),
    exp: nowAndThen(NOW + 600, time(-6, -5, -4.5, -4, -1, 0, 1, 0.5), 6),
    iat: nowAndThen(NOW - 60, time(4, 5, 5.5, 6, 600, -1e6)),
    nbf: nowAndThen(undefined, time(-1, 0, 4, 5, 5.5, 6, 600), 6),
    scope: nowAndThen(undefined, fc.oneof(fc.constantFrom<unknown>('a b', ['a'], ''), json)),
    roles: nowAndThen(undefined, fc.oneof(fc.constantFrom<unknown>(['clerk'], 'clerk', ''), json)),
    auth_time: nowAndThen(undefined, time(-1, 1)),
    act: nowAndThen(undefined, fc.oneof(fc.constantFrom<unknown>({ sub: 'b' }, {}), json), 20),
    cnf: nowAndThen(undefined, fc.oneof(fc.constantFrom<unknown>({}, { jkt: 'x' }), json), 20),
    nonce: nowAndThen(undefined, json, 30),
    token_use: nowAndThen(undefined, fc.constantFrom('id', 'access'), 30),
    extra: json,
  })

const header = (alg: string, kid: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    alg: nowAndThen(
      alg,
      fc.constantFrom<unknown>(
        'none',
        'HS256',
        'HS512',
        'RS256',
        'PS256',
        'ES256',
        'Ed25519',
        'EdDSA',
        '',
        null,
        alg.toLowerCase(),
      ),
      16,
    ),
    typ: nowAndThen(
      'at+jwt',
      fc.constantFrom<unknown>('AT+JWT', 'application/at+jwt', 'JWT', 'dpop+jwt', undefined, '', null, 1, ['at+jwt']),
    ),
    kid: nowAndThen(
      kid,
      fc.oneof(fc.constantFrom<unknown>(undefined, '', null, 'x', ...publishedKeys.map((one) => one.kid)), json),
    ),
    crit: nowAndThen(undefined, fc.constantFrom<unknown>([], ['exp'], ['b64'], 'exp', null), 30),
    b64: nowAndThen(undefined, fc.constantFrom<unknown>(true, false, null), 30),
    jwk: nowAndThen(undefined, fc.constant(publishedKeys[0]!.jwk), 20),
    jku: nowAndThen(undefined, fc.constant('https://evil.test/jwks'), 20),
  })

/** How a part is written down as JSON. */
export type Spelling = (value: object) => string | Buffer

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const inside = (text: string, more: string): string => `{${more}${text === '{}' ? '' : ','}${text.slice(1)}`

export const spelling: fc.Arbitrary<Spelling> = fc.oneof(
  { arbitrary: fc.constant<Spelling>((value) => JSON.stringify(value)), weight: 20 },
  {
    arbitrary: fc.constantFrom<Spelling>(
      (value) => JSON.stringify(value, null, 2),
      (value) => ` ${JSON.stringify(value)}\n`,
      (value) => JSON.stringify(value).replaceAll('"a', String.raw`"\u0061`),
      (value) => inside(JSON.stringify(value), '"sub":"x"'),
      (value) => inside(JSON.stringify(value), '"alg":"none"'),
      (value) => inside(JSON.stringify(value), String.raw`"\u0065xp":1`),
      (value) => inside(JSON.stringify(value), `"d":${deep(16)}`),
      (value) => inside(JSON.stringify(value), `"d":${deep(15)}`),
      (value) => inside(JSON.stringify(value), '"__proto__":{"sub":"x"}'),
      (value) => JSON.stringify(value).replace('"alice"', '1e400'),
      (value) => JSON.stringify(value).replace(/"exp":[\d.]+/, '"exp":1e999'),
      (value) => `\ufeff${JSON.stringify(value)}`,
      (value) => `${JSON.stringify(value)}x`,
      (value) => `[${JSON.stringify(value)}]`,
      (value) => Buffer.concat([Buffer.from(inside(JSON.stringify(value), '"u":"')), Buffer.from([0xff])]),
      (value) =>
        Buffer.from(inside(JSON.stringify(value), '"u":"\u00ff"').replace('\u00ff', '%')).map((byte) =>
          byte === 0x25 ? 0xff : byte,
        ) as Buffer,
    ),
    weight: 3,
  },
)

/** How a signature comes about that is none, or one of another kind. */
export type Signing = (signature: Buffer, input: string) => Buffer

export const signing: fc.Arbitrary<Signing> = fc.oneof(
  { arbitrary: fc.constant<Signing>((signature) => signature), weight: 24 },
  {
    arbitrary: fc.constantFrom<Signing>(
      () => Buffer.alloc(0),
      (signature) => Buffer.alloc(signature.length),
      (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
      (signature) => signature.subarray(1),
      (signature) => Buffer.from(signature).fill(255, 0, 1),
      (_signature, input) => createHmac('sha256', JSON.stringify(publishedKeys[0]!.jwk)).update(input).digest(),
    ),
    weight: 2,
  },
)

/** What happens to a token on its way, as a text. */
export type Change = (token: string, at: number, odd: string) => string

export const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: fc.constant<Change>((token) => token), weight: 16 },
  {
    arbitrary: fc.constantFrom<Change>(
      (token) => `${token}=`,
      (token) => `${token}==`,
      (token) => token.replace('.', '=.'),
      (token) => token.replaceAll('-', '+').replaceAll('_', '/'),
      (token) => withStrayBits(token, 0),
      (token) => withStrayBits(token, 1),
      (token) => withStrayBits(token, 2),
      (token, at) => token.slice(0, at),
      (token, at, odd) => token.slice(0, at) + odd + token.slice(at),
      (token, at, odd) => token.slice(0, at) + odd + token.slice(at + 1),
      (token) => token + token,
      (token) => `${token}.${token.split('.')[2]}`,
      (token) => token.split('.').toReversed().join('.'),
      (token) => `.${token}`,
      (token) => token.split('.').slice(0, 2).join('.'),
    ),
    weight: 6,
  },
)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The last character of a part changed in the bits that decoders throw away. */
function withStrayBits(token: string, part: number): string {
  const parts = token.split('.')
  const text = parts[part] ?? ''
  const last = alphabet.indexOf(text.at(-1) ?? '')
  if (text.length % 4 > 1 && last >= 0) parts[part] = text.slice(0, -1) + alphabet[last ^ 1]!
  return parts.join('.')
}

const encoded = (text: string | Buffer): string => Buffer.from(text as string).toString('base64url')

/** Any token: rightly signed and right, or odd in one or several ways. */
export const anyToken: fc.Arbitrary<string> = key.chain((signer) => {
  const issuer = signer === sharedKey ? SHARED_ISSUER : ISSUER
  return fc
    .tuple(
      header(signer.alg, signer.kid),
      claims(issuer),
      spelling,
      spelling,
      signing,
      change,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      oddCharacter,
    )
    .map(([head, said, spellHead, spellSaid, seal, alter, where, odd]) => {
      const input = `${encoded(spellHead(head))}.${encoded(spellSaid(said))}`
      const token = `${input}.${seal(signer.sign(input), input).toString('base64url')}`
      return alter(token, Math.floor(where * token.length), odd)
    })
})
