import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { publishedKeys } from '../keys.ts'
import { NOW } from '../tokens.ts'
import { change, nowAndThen, signing, spelling } from './any-token.ts'
import { oddCharacter } from './texts.ts'

/** The address and the method that the request of a proof has. */
export const TARGET = 'https://app.test/orders'
export const METHOD = 'GET'

const [holder, stranger] = publishedKeys as [(typeof publishedKeys)[0], (typeof publishedKeys)[0]]

const { kty, crv, x, y } = holder.jwk as Record<string, string>
const jwk = { kty, crv, x, y }

/** Thumbprint of the key that proofs are made with. */
export const jkt: string = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')

const json = fc.jsonValue({ maxDepth: 2 })

const header = fc.record({
  typ: nowAndThen(
    'dpop+jwt',
    fc.constantFrom<unknown>('DPOP+JWT', 'application/dpop+jwt', 'JWT', 'at+jwt', undefined, 1),
  ),
  alg: nowAndThen('ES256', fc.constantFrom<unknown>('none', 'ES384', 'ES512', 'HS256', 'RS256', 'EdDSA', '', null)),
  jwk: nowAndThen(
    jwk,
    fc.oneof(
      fc.constantFrom<unknown>(
        ...[undefined, null, 'key', [jwk], { ...jwk, kid: 'a' }, { ...jwk, use: 'enc' }, { ...jwk, use: 'sig' }],
        ...[
          { ...jwk, alg: 'ES384' },
          { ...jwk, d: jwk.x },
          { ...jwk, key_ops: ['sign'] },
          { ...jwk, x: `${jwk.x}=` },
        ],
        ...[{ ...jwk, y: jwk.x }, { ...jwk, crv: 'P-384' }, { kty: 'oct', k: 'AAAA' }, stranger.jwk],
      ),
      json,
    ),
  ),
  kid: nowAndThen(undefined, fc.constantFrom<unknown>('a', 1, null), 20),
  crit: nowAndThen(undefined, fc.constantFrom<unknown>([], ['exp'], null), 20),
  b64: nowAndThen(undefined, fc.constantFrom<unknown>(true, false), 20),
})

const claims = (ath: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    jti: nowAndThen(undefined, fc.constantFrom<unknown>('', null, 1, 'again'), 20),
    htm: nowAndThen(METHOD, fc.constantFrom<unknown>('POST', 'get', '', undefined, null, [METHOD])),
    // Without escapes that need not be: we take them for what they mean (RFC 3986, section 6.2.2.2), oauth4webapi does not.
    htu: nowAndThen(
      TARGET,
      fc.oneof(
        fc.constantFrom<unknown>(
          ...[`${TARGET}?a=b`, `${TARGET}#c`, `${TARGET}/`, 'https://app.test/', 'HTTPS://APP.TEST/orders', undefined],
          ...[
            'https://app.test:443/orders',
            'http://app.test/orders',
            'https://app.test/x/../orders',
            '/orders',
            [TARGET],
          ],
          ...['https://a@app.test/orders', 'https://app.test.evil.test/orders', null, ''],
        ),
        json,
      ),
      6,
    ),
    iat: nowAndThen(
      NOW,
      fc.constantFrom<unknown>(
        ...[-59, -60, -64, -65, -66, -299, -301, 4, 5, 6, 60, 300].map((s) => NOW + s),
        null,
        'now',
        1e300,
      ),
      6,
    ),
    ath: nowAndThen(ath, fc.constantFrom<unknown>(undefined, '', `${ath}=`, ath.toLowerCase(), null, [ath])),
    exp: nowAndThen(undefined, fc.constantFrom<unknown>(NOW - 100, NOW - 5, NOW - 4, NOW + 100, 'x', null, -1), 20),
    nbf: nowAndThen(undefined, fc.constantFrom<unknown>(NOW - 100, NOW + 5, NOW + 6, 'x', null, -1), 20),
    // Claims of a JWT that a proof has no use for are not looked at.
    iss: nowAndThen(undefined, fc.constant('x'), 30),
    aud: nowAndThen(undefined, fc.constantFrom<unknown>('x', ['x']), 30),
    nonce: nowAndThen(undefined, json, 20),
  })

const encoded = (text: string | Buffer): string => Buffer.from(text as string).toString('base64url')

let made = 0

/** Any proof for a token, with an id of its own: right, or odd in one or several ways. */
export function anyProof(token: string): fc.Arbitrary<string> {
  const ath = createHash('sha256').update(token).digest('base64url')
  return fc
    .tuple(
      ...([header, claims(ath), spelling, spelling, signing, change] as const),
      ...([
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        oddCharacter,
        fc.uuid(),
        fc.boolean(),
      ] as const),
    )
    .map(([head, said, spellHead, spellSaid, seal, alter, where, odd, rightly]) => {
      const input = `${encoded(spellHead(head))}.${encoded(spellSaid({ jti: `id-${++made}`, ...without(said) }))}`
      const signer = rightly || where > 0.2 ? holder : stranger
      const proof = `${input}.${seal(signer.sign(input), input).toString('base64url')}`
      return alter(proof, Math.floor(where * proof.length), odd)
    })
}

function without(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
