import { describe, expect, it } from 'vitest'
import type { JwtClaims } from '../src/claims.ts'
import { inCookie, principalOf, type ClaimPlaces } from '../src/principal.ts'
import { expectRefusal } from './support/refused.ts'

const places: ClaimPlaces = { roles: ['roles'], tenant: undefined }
const claims: JwtClaims = { iss: 'https://id', sub: 'alice', aud: 'orders-api', exp: 20, iat: 10, jti: 'j1' }

describe('principalOf', () => {
  it('leaves out what the token does not say', () => {
    expect(principalOf(claims, { places })).toEqual({
      issuer: 'https://id',
      subject: 'alice',
      roles: [],
      amr: [],
      credential: { kind: 'bearer', ambient: false, id: 'j1', issuedAt: 10, expiresAt: 20 },
      claims,
    })
  })

  it('tells everything that the token says', () => {
    const principal = principalOf(
      {
        ...claims,
        roles: ['clerk'],
        scope: 'orders:read',
        amr: ['pwd', 'otp'],
        acr: '2',
        auth_time: 5,
        sid: 's1',
        act: { sub: 'service' },
        org: 'acme',
      },
      { places: { ...places, tenant: 'org' } },
    )
    expect(principal).toMatchObject({
      tenant: 'acme',
      roles: ['clerk'],
      scopes: ['orders:read'],
      amr: ['pwd', 'otp'],
      acr: '2',
      authTime: 5,
      sid: 's1',
      actor: { subject: 'service' },
    })
  })

  it('is frozen', () => {
    const principal = principalOf({ ...claims, scope: 'a b' }, { places })
    expect(() => (principal.roles as string[]).push('admin')).toThrow(TypeError)
    expect(() => (principal.scopes as string[]).push('admin')).toThrow(TypeError)
    expect(() => Object.assign(principal, { subject: 'mallory' })).toThrow(TypeError)
    expect(() => Object.assign(principal.credential, { ambient: true })).toThrow(TypeError)
  })

  it('refuses a token without the tenant that was asked for', () => {
    expectRefusal('ERR_JWT_CLAIMS', () => principalOf(claims, { places: { ...places, tenant: 'org' } }))
    expectRefusal('ERR_JWT_CLAIMS', () => principalOf({ ...claims, org: '' }, { places: { ...places, tenant: 'org' } }))
  })

  it.each([
    ['amr', 'pwd'],
    ['acr', 2],
    ['auth_time', 'yesterday'],
    ['sid', 1],
    ['roles', [1]],
    ['scope', 1],
    ['act', 'service'],
  ])('refuses %s of the wrong kind', (name, value) => {
    expectRefusal('ERR_JWT_CLAIMS', () => principalOf({ ...claims, [name]: value }, { places }))
  })
})

describe('inCookie', () => {
  it('is the same account with an ambient credential', () => {
    const principal = principalOf(claims, { places })
    expect(inCookie(principal)).toEqual({
      ...principal,
      credential: { ...principal.credential, kind: 'cookie', ambient: true },
    })
    expect(Object.isFrozen(inCookie(principal))).toBe(true)
  })
})
