import * as fc from 'fast-check'
import {
  attackersKey,
  authenticated,
  goodClaims,
  goodHeader,
  issuersJwk,
  knownSecrets,
  SHARED_ISSUER,
  signed,
} from '../tokens.ts'

const json = fc.jsonValue({ maxDepth: 3 })

const alg = fc.oneof(
  { arbitrary: fc.constantFrom('EdDSA', 'Ed25519', 'HS256', 'RS256', 'ES256', 'none', 'None', 'nOnE', ''), weight: 6 },
  { arbitrary: json, weight: 1 },
)

/** Where a header says that its own key shall be taken. */
const ownKey = fc.constantFrom<object>(
  {},
  { jwk: { kty: 'OKP', crv: 'Ed25519', x: attackersKey.export({ format: 'jwk' }).x } },
  { jku: 'https://evil.test/jwks' },
  { x5u: 'https://evil.test/cert' },
  { x5c: ['AAAA'] },
  { kid: '../../../../dev/null' },
  { kid: "x' UNION SELECT 'secret" },
  { kid: ['k1'] },
  { kid: '__proto__' },
  { crit: ['exp'], exp: 1 },
  { cty: 'JWT' },
  { zip: 'DEF' },
  { b64: false, crit: ['b64'] },
)

const header = fc
  .tuple(
    alg,
    fc.constantFrom('at+jwt', 'JWT', undefined, 'jwt'),
    ownKey,
    fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 2 }),
  )
  .map(([alg, typ, own, more]) => ({ ...more, ...goodHeader, typ, ...own, alg }))

const claims = fc
  .tuple(
    fc.constantFrom<object>(
      {},
      { iss: SHARED_ISSUER },
      { roles: ['admin', 'clerk'] },
      { sub: 'root' },
      { exp: 9_999_999_999 },
    ),
    fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 2 }),
  )
  .map(([wished, more]) => ({ ...more, ...goodClaims, ...wished }))

/** What is written by whoever has none of the issuers' keys, and signed with whatever they have: nobody must believe a word of it. */
export const forgedToken: fc.Arbitrary<string> = fc
  .tuple(header, claims, fc.nat({ max: knownSecrets.length + 3 }))
  .map(([header, claims, way]) => {
    const texts = [JSON.stringify(header), JSON.stringify(claims)] as const
    const [unsigned] = /^.*\./.exec(signed(...texts, attackersKey)) ?? ['']
    switch (way) {
      case 0:
        return signed(...texts, attackersKey)
      case 1:
        return unsigned
      case 2:
        return `${unsigned}${Buffer.alloc(64).toString('base64url')}`
      case 3:
        return `${unsigned}${issuersJwk.x}`
      default:
        return authenticated(...texts, knownSecrets[way - 4]!)
    }
  })
