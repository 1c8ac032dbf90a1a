import { describe, expect, it } from 'vitest'
import { checkClaims, type ClaimExpectations } from '../src/claim-checks.ts'
import type { JwtErrorCode } from '../src/errors.ts'
import { expectRefusal } from './support/refused.ts'

const NOW = 1_800_000_000
const expected: ClaimExpectations = {
  issuer: 'https://id.example.com/',
  audience: ['orders-api', 'orders'],
  type: 'at+jwt',
  leeway: 5,
  now: NOW * 1000 + 999,
}
const good = {
  iss: 'https://id.example.com/',
  aud: 'orders-api',
  sub: 'alice',
  client_id: 'spa',
  jti: 'j1',
  iat: NOW,
  exp: NOW + 60,
}

const check = (changes: object, expectations: Partial<ClaimExpectations> = {}): void =>
  checkClaims({ ...good, ...changes }, { ...expected, ...expectations })

const without = (name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

describe('checkClaims', () => {
  it('accepts what RFC 9068 requires, and one audience of several', () => {
    for (const changes of [{}, { aud: ['billing', 'orders'] }, { nbf: NOW, auth_time: NOW - 100 }]) {
      expect(() => check(changes)).not.toThrow()
    }
  })

  it('grants the leeway to the second and no more', () => {
    check({ exp: NOW - 4 })
    expectRefusal('ERR_JWT_EXPIRED', () => check({ exp: NOW - 5 }))
    check({ nbf: NOW + 5 })
    expectRefusal('ERR_JWT_NOT_YET_VALID', () => check({ nbf: NOW + 6 }))
    check({ iat: NOW + 5 })
    expectRefusal('ERR_JWT_NOT_YET_VALID', () => check({ iat: NOW + 6 }))
    expectRefusal('ERR_JWT_EXPIRED', () => check({ exp: NOW }, { leeway: 0 }))
  })

  it.each<[string, JwtErrorCode, object]>([
    ['another issuer', 'ERR_JWT_ISSUER', { iss: 'https://id.example.com' }],
    ['an issuer in a list', 'ERR_JWT_ISSUER', { iss: ['https://id.example.com/'] }],
    ['another audience', 'ERR_JWT_AUDIENCE', { aud: 'billing' }],
    ['an audience that only begins alike', 'ERR_JWT_AUDIENCE', { aud: 'orders-api2' }],
    ['no audience in the list', 'ERR_JWT_AUDIENCE', { aud: [] }],
    ['an audience of the wrong kind', 'ERR_JWT_CLAIMS', { aud: { 'orders-api': true } }],
    ['an exp that is a string', 'ERR_JWT_CLAIMS', { exp: String(NOW + 60) }],
    ['an nbf that is a string', 'ERR_JWT_CLAIMS', { nbf: '0' }],
    ['an iat that is null', 'ERR_JWT_CLAIMS', { iat: null }],
    ['an empty subject', 'ERR_JWT_CLAIMS', { sub: '' }],
    ['a subject that is a number', 'ERR_JWT_CLAIMS', { sub: 1 }],
    ['a jti that is a number', 'ERR_JWT_CLAIMS', { jti: 1 }],
    ['the nonce of an ID token', 'ERR_JWT_TYPE', { nonce: 'n' }],
    ['the access token hash of an ID token', 'ERR_JWT_TYPE', { at_hash: 'h' }],
    ['the events of a logout token', 'ERR_JWT_TYPE', { events: {} }],
    ["Keycloak's mark of an ID token", 'ERR_JWT_TYPE', { typ: 'ID' }],
    ["Keycloak's mark of a refresh token", 'ERR_JWT_TYPE', { typ: 'Refresh' }],
    ["Cognito's mark of an ID token", 'ERR_JWT_TYPE', { token_use: 'id' }],
  ])('refuses %s', (_case, code, changes) => {
    expectRefusal(code, () => check(changes))
    expectRefusal(code, () => check(changes, { type: 'jwt' }))
  })

  it.each(['aud', 'exp', 'sub', 'client_id', 'jti', 'iat'])('refuses an access token without %s', (name) => {
    expectRefusal('ERR_JWT_CLAIMS', () => checkClaims(without(name), expected))
  })

  it.each(['client_id', 'jti', 'iat'])('accepts a plain token without %s', (name) => {
    expect(() => checkClaims(without(name), { ...expected, type: 'jwt' })).not.toThrow()
  })

  it.each(['aud', 'exp', 'sub'])('refuses a plain token without %s', (name) => {
    expectRefusal('ERR_JWT_CLAIMS', () => checkClaims(without(name), { ...expected, type: 'jwt' }))
  })
})
