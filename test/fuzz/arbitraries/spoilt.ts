import * as fc from 'fast-check'
import { AUDIENCE, goodClaims, goodHeader, ISSUER, NOW, signed } from '../tokens.ts'

/** A token that the issuer did sign, and that must be refused all the same. */
export interface Spoilt {
  readonly why: string
  readonly token: string
}

const json = fc.jsonValue({ maxDepth: 3 })
const not = (kind: string): fc.Arbitrary<unknown> => json.filter((value) => typeof value !== kind)
const list = fc.array(json, { minLength: 1, maxLength: 3 })

const noString = fc.oneof(not('string'), fc.constantFrom('', '\ud800', 'a\udfff'))
const noTime = fc.oneof(not('number'), fc.constantFrom(-1, -0.5, Number.MIN_SAFE_INTEGER))
const notOnlyStrings = list.filter((values) => values.some((value) => typeof value !== 'string' || value === ''))
const noStrings = fc.oneof(
  json.filter((value) => !Array.isArray(value)),
  notOnlyStrings,
)

/** For each claim what it may not be: RFC 7519 4.1, RFC 9068 2.2, RFC 8693 4.1, and what this app is. */
const wrongClaims: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  iss: json.filter((value) => value !== ISSUER),
  aud: json.filter((value) => value !== AUDIENCE && !(Array.isArray(value) && value.includes(AUDIENCE))),
  sub: noString,
  client_id: noString,
  jti: noString,
  exp: fc.oneof(noTime, fc.integer({ min: 0, max: NOW - 5 }), fc.double({ min: 0, max: NOW - 6, noNaN: true })),
  iat: fc.oneof(noTime, fc.integer({ min: NOW + 6 })),
  nbf: fc.oneof(noTime, fc.integer({ min: NOW + 6 })),
  roles: fc.oneof(
    json.filter((value) => typeof value !== 'string' && !Array.isArray(value)),
    notOnlyStrings,
    fc.constant(''),
  ),
  scope: fc.oneof(
    json.filter((value) => typeof value !== 'string' && !Array.isArray(value)),
    notOnlyStrings,
  ),
  amr: noStrings,
  acr: noString,
  sid: noString,
  auth_time: noTime,
  act: fc.oneof(
    json.filter((value) => typeof value !== 'object' || value === null || Array.isArray(value)),
    noString.map((sub) => ({ sub })),
    noString.map((iss) => ({ sub: 'bob', iss })),
    fc.constant({}),
    noString.map((sub) => ({ sub: 'bob', act: { sub } })),
  ),
  token_use: fc.constant('id'),
}

const otherwise = (header: object, claims: object): string =>
  signed(JSON.stringify({ ...goodHeader, ...header }), JSON.stringify({ ...goodClaims, ...claims }))

const wrongClaim = fc
  .constantFrom(...Object.keys(wrongClaims))
  .chain((name) =>
    wrongClaims[name]!.map((value) => ({ why: `claim ${name}`, token: otherwise({}, { [name]: value }) })),
  )

const missingClaim = fc
  .constantFrom('iss', 'aud', 'sub', 'client_id', 'jti', 'iat', 'exp')
  .map((name) => ({ why: `no ${name}`, token: otherwise({}, { [name]: undefined }) }))

/** Claims of tokens that are for something else, or bound to a key. */
const foreignClaim = fc
  .tuple(fc.constantFrom('nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'cnf'), json)
  .map(([name, value]) => ({ why: `claim ${name}`, token: otherwise({}, { [name]: value }) }))

/** `Ed25519` is a name of the same algorithm (RFC 9864). */
const wrongHeaders: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  alg: json.filter((value) => value !== 'EdDSA' && value !== 'Ed25519'),
  typ: json.filter((value) => !/^(?:application\/)?at\+jwt$/i.test(JSON.stringify(value).slice(1, -1))),
  kid: json.filter((value) => value !== 'k1'),
  crit: json,
  b64: json,
}

const wrongHeader = fc
  .constantFrom(...Object.keys(wrongHeaders))
  .chain((name) =>
    wrongHeaders[name]!.map((value) => ({ why: `header ${name}`, token: otherwise({ [name]: value }, {}) })),
  )

/** Signed by the issuer, and wrong in what it says. */
export const wronglySaid: fc.Arbitrary<Spoilt> = fc.oneof(
  { arbitrary: wrongClaim, weight: 6 },
  { arbitrary: wrongHeader, weight: 3 },
  { arbitrary: foreignClaim, weight: 1 },
  { arbitrary: missingClaim, weight: 1 },
)
