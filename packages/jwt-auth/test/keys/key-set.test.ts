import { describe, expect, it } from 'vitest'
import { readKeySet, type KeySet } from '../../src/keys/key-set.ts'
import { expectRefusal } from '../support/refused.ts'
import { makeKey } from '../support/signing-key.ts'

const ec = makeKey('ES256', 'ec')
const ed = makeKey('EdDSA', 'ed')

function setOf(...keys: object[]): KeySet {
  return readKeySet({ keys })!.set
}

describe('readKeySet', () => {
  it.each([undefined, null, 'keys', [], {}, { keys: null }, { keys: {} }])('is none: %j', (document) => {
    expect(readKeySet(document)).toBeUndefined()
  })

  it('leaves out what cannot be used, and says why', () => {
    const read = readKeySet({ keys: [ec.jwk, { kty: 'oct', k: 'AAAA' }, 'garbage', { ...ed.jwk, use: 'enc' }] })
    expect(read?.set.keys).toHaveLength(1)
    expect(read?.flaws).toHaveLength(3)
  })

  it('reads a bounded number of keys', () => {
    const read = readKeySet({ keys: Array.from({ length: 101 }, () => ec.jwk) })
    expect(read?.set.keys).toHaveLength(100)
    expect(read?.flaws).toEqual(['more than 100 keys'])
  })
})

describe('select', () => {
  it('picks by kid and algorithm', () => {
    const set = setOf(ec.jwk, ed.jwk)
    expect(set.select({ alg: 'ES256', kid: 'ec' }).map((key) => key.kid)).toEqual(['ec'])
    expect(set.select({ alg: 'ES256', kid: 'other' })).toEqual([])
  })

  it('refuses a known key with another algorithm', () => {
    expectRefusal('ERR_JWT_ALGORITHM', () => setOf(ec.jwk, ed.jwk).select({ alg: 'EdDSA', kid: 'ec' }))
    expectRefusal('ERR_JWT_ALGORITHM', () => setOf(ec.jwk).select({ alg: 'EdDSA', kid: undefined }))
  })

  it('tries a few keys for a token that names none', () => {
    const many = Array.from({ length: 10 }, (_, i) => makeKey('ES256', `k${i}`).jwk)
    expect(
      setOf(ed.jwk, ec.jwk)
        .select({ alg: 'ES256', kid: undefined })
        .map((key) => key.kid),
    ).toEqual(['ec'])
    expect(setOf(...many).select({ alg: 'ES256', kid: undefined })).toHaveLength(4)
  })

  it('does not take a key without kid for the one that a token names', () => {
    const { kid: _kid, ...nameless } = ec.jwk
    expect(setOf(nameless).select({ alg: 'ES256', kid: 'ec' })).toEqual([])
  })
})

describe('succeed', () => {
  it('keeps keys that stay, and marks those that left', () => {
    const first = setOf(ec.jwk, ed.jwk)
    const [stays, leaves] = first.keys
    const second = setOf(ec.jwk).succeed(first)
    expect(second.keys[0]).toBe(stays)
    expect(stays?.live).toBe(true)
    expect(leaves?.live).toBe(false)
  })

  it('does not revive a key that left, when it comes back', () => {
    const first = setOf(ec.jwk)
    const second = setOf(ed.jwk).succeed(first)
    const third = setOf(ec.jwk).succeed(second)
    expect(first.keys[0]?.live).toBe(false)
    expect(third.keys[0]?.live).toBe(true)
  })

  it('takes the same name with other bytes for another key', () => {
    const first = setOf(ec.jwk)
    setOf(makeKey('ES256', 'ec').jwk).succeed(first)
    expect(first.keys[0]?.live).toBe(false)
  })
})
