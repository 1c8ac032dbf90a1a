import { describe, expect, it } from 'vitest'
import { bindingOf } from '../src/binding.ts'
import { expectRefusal } from './support/refused.ts'

const jkt = 'a'.repeat(43)
const x5t = 'b'.repeat(43)
const all = { dpop: true, mtls: true }

describe('bindingOf', () => {
  it('finds what a token is bound to', () => {
    expect(bindingOf({ sub: 'alice' }, all)).toBeUndefined()
    expect(bindingOf({ cnf: { jkt } }, all)).toEqual({ jkt, x5t: undefined })
    expect(bindingOf({ cnf: { 'x5t#S256': x5t } }, all)).toEqual({ jkt: undefined, x5t })
    expect(bindingOf({ cnf: { jkt, 'x5t#S256': x5t } }, all)).toEqual({ jkt, x5t })
  })

  it.each([
    ['nothing', {}],
    ['null', null],
    ['a string', jkt],
    ['a list', [jkt]],
    ['a number', 1],
    ['a thumbprint that is null', { jkt: null }],
    ['a thumbprint that is too short', { jkt: jkt.slice(1) }],
    ['a thumbprint in base64', { jkt: `${jkt.slice(1)}+` }],
    ['a thumbprint in a list', { jkt: [jkt] }],
    ['a certificate that is a number', { 'x5t#S256': 1 }],
    ['a good one and a bad one', { jkt, 'x5t#S256': '' }],
    ['a key that stands there itself', { jwk: { kty: 'EC' } }],
    ['a key id', { kid: 'k1' }],
    ['a SHA-1 of a certificate', { x5t: 'b'.repeat(27) }],
    ['something that is not known beside what is', { jkt, other: true }],
    ['__proto__', JSON.parse(`{"jkt":"${jkt}","__proto__":{}}`)],
  ])('refuses %s', (_case, cnf) => {
    expectRefusal('ERR_JWT_BOUND', () => bindingOf({ cnf }, all))
  })

  it('refuses what the configuration takes no proof of', () => {
    expectRefusal('ERR_JWT_BOUND', () => bindingOf({ cnf: { jkt } }, { dpop: false, mtls: true }))
    expectRefusal('ERR_JWT_BOUND', () => bindingOf({ cnf: { 'x5t#S256': x5t } }, { dpop: true, mtls: false }))
    expectRefusal('ERR_JWT_BOUND', () => bindingOf({ cnf: { jkt, 'x5t#S256': x5t } }, { dpop: true, mtls: false }))
  })
})
