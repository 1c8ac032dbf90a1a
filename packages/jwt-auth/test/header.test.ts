import { describe, expect, it } from 'vitest'
import { readHeader } from '../src/header.ts'
import { expectRefusal } from './support/refused.ts'

describe('readHeader', () => {
  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+jwt'])('knows %s for an access token', (typ) => {
    expect(readHeader({ alg: 'ES256', kid: 'k1', typ }, false)).toEqual({ alg: 'ES256', kid: 'k1', type: 'at+jwt' })
  })

  it.each([undefined, 'JWT', 'jwt', 'application/jwt'])('takes typ %s where plain tokens are accepted', (typ) => {
    const header = { alg: 'ES256', ...(typ !== undefined && { typ }) }
    expect(readHeader(header, true).type).toBe('jwt')
    expectRefusal('ERR_JWT_TYPE', () => readHeader(header, false))
  })

  it.each([
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'JOSE',
    'at+jwt ',
    '',
    'application/application/at+jwt',
    'text/at+jwt',
  ])('refuses typ %j, whatever is accepted', (typ) => {
    expectRefusal('ERR_JWT_TYPE', () => readHeader({ alg: 'ES256', typ }, false))
    expectRefusal('ERR_JWT_TYPE', () => readHeader({ alg: 'ES256', typ }, true))
  })

  it.each([
    ['no alg', { typ: 'at+jwt' }],
    ['an alg that is no string', { alg: ['ES256'], typ: 'at+jwt' }],
    ['a kid that is no string', { alg: 'ES256', kid: { $ne: '' }, typ: 'at+jwt' }],
    ['a kid that is null', { alg: 'ES256', kid: null, typ: 'at+jwt' }],
    ['a typ that is no string', { alg: 'ES256', typ: ['at+jwt'] }],
    ['an extension that it calls critical', { alg: 'ES256', typ: 'at+jwt', crit: ['exp'], exp: 1 }],
    ['crit, even empty', { alg: 'ES256', typ: 'at+jwt', crit: [] }],
    ['an unencoded payload', { alg: 'ES256', typ: 'at+jwt', b64: false }],
    ['b64, even true', { alg: 'ES256', typ: 'at+jwt', b64: true }],
  ])('refuses %s', (_case, header) => {
    expectRefusal('ERR_JWT_MALFORMED', () => readHeader(header, false))
  })
})
