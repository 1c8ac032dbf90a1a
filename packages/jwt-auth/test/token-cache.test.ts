import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TokenCache } from '../src/token-cache.ts'

describe('TokenCache', () => {
  it('never holds more than it may', () => {
    const cache = new TokenCache<number>(10)
    for (let i = 0; i < 1000; i++) {
      cache.set(`k${i}`, i)
      expect(cache.size).toBeLessThanOrEqual(10)
    }
    expect(cache.get('k999')).toBe(999)
    expect(cache.get('k0')).toBeUndefined()
  })

  it('keeps what is used', () => {
    const cache = new TokenCache<string>(10)
    cache.set('often', 'here')
    for (let i = 0; i < 100; i++) {
      cache.set(`k${i}`, '')
      expect(cache.get('often')).toBe('here')
    }
  })

  it('forgets at once, from either generation', () => {
    const cache = new TokenCache<number>(4)
    for (const key of ['a', 'b', 'c']) cache.set(key, 1)
    for (const key of ['a', 'b', 'c']) cache.delete(key)
    expect(cache.size).toBe(0)
  })

  it('holds nothing when its size is 0', () => {
    const cache = new TokenCache<number>(0)
    cache.set('a', 1)
    expect(cache.get('a')).toBeUndefined()
  })

  it('keys by SHA-256, so that no token stays in memory', () => {
    const cache = new TokenCache<number>(4)
    cache.set(TokenCache.keyOf('the.secret.token'), 1)
    expect(inspect(cache, { depth: 9, showHidden: true })).not.toContain('secret')
    expect(TokenCache.keyOf('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
  })
})
