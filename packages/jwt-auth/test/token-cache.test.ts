import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TokenCache } from '../src/token-cache.ts'
import { markOf as keyOf } from '../src/token-mark.ts'

describe('TokenCache', () => {
  it('never holds more than it may', () => {
    const cache = new TokenCache<number>(10)
    for (let i = 0; i < 1000; i++) {
      cache.set(keyOf(`k${i}`), i)
      expect(cache.size).toBeLessThanOrEqual(10)
    }
    expect(cache.get(keyOf('k999'))).toBe(999)
    expect(cache.get(keyOf('k0'))).toBeUndefined()
  })

  it('keeps what is used', () => {
    const cache = new TokenCache<{ readonly here: boolean }>(10)
    const kept = { here: true }
    cache.set(keyOf('often'), kept)
    for (let i = 0; i < 100; i++) {
      cache.set(keyOf(`k${i}`), { here: false })
      expect(cache.get(keyOf('often'))).toBe(kept)
    }
  })

  it('holds nothing when its size is 0', () => {
    const cache = new TokenCache<number>(0)
    cache.set(keyOf('a'), 1)
    expect(cache.get(keyOf('a'))).toBeUndefined()
  })

  it('keeps no token in memory', () => {
    const cache = new TokenCache<number>(4)
    cache.set(keyOf('the.secret.token'), 1)
    expect(inspect(cache, { depth: 9, showHidden: true })).not.toContain('secret')
  })

  it('verifies what it cannot mark each time', () => {
    const cache = new TokenCache<number>(4)
    for (const token of ['a'.repeat(8193), 'tökén']) {
      cache.set(keyOf(token), 1)
      expect(cache.get(keyOf(token))).toBeUndefined()
    }
    expect(cache.size).toBe(0)
  })
})
