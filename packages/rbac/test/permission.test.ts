import { describe, expect, it } from 'vitest'
import { covers, isPermission, parsePattern, patternsOf } from '../src/permission.ts'

describe('isPermission', () => {
  it.each([
    'orders:read',
    'read',
    'data/eu/west:write',
    'v1.orders:read-all',
    '__proto__:read',
    'constructor',
    '2fa:reset',
  ])('takes %j', (text) => {
    expect(isPermission(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a side that is missing', 'orders:'],
    ['a side that is missing', ':read'],
    ['a third side', 'orders:read:all'],
    ['a wildcard', '*'],
    ['a wildcard side', 'orders:*'],
    ['a space', 'orders: read'],
    ['a line break at the end', 'orders:read\n'],
    ['a quote', 'orders:"read"'],
    ['a look-alike colon', 'orders：read'],
    ['a letter that is not ASCII', 'bestellungen:prüfen'],
    ['a separator in front', '/orders:read'],
    ['more than 256 characters', `orders:${'r'.repeat(250)}`],
    ['a list', ['orders:read']],
    ['no value', undefined],
  ])('refuses %s: %j', (_, value) => {
    expect(isPermission(value)).toBe(false)
  })
})

describe('parsePattern', () => {
  it.each([
    ['*', 'all'],
    ['*:*', 'pairs'],
    ['orders:*', 'resource'],
    ['*:read', 'action'],
    ['orders:read', 'exact'],
    ['read', 'exact'],
  ])('reads %s as %s', (text, kind) => {
    expect(parsePattern(text)).toMatchObject({ kind, text })
  })

  it.each(['', ':', '**', 'orders:re*', 'ord*:read', 'data/*:read', '*:*:*', 'orders:*:read', ' *', '*\n', 7, null])(
    'refuses %j',
    (text) => {
      expect(parsePattern(text)).toBeUndefined()
    },
  )
})

describe('covers', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*', ['orders:read', 'read'], []],
    ['*:*', ['orders:read'], ['read']],
    ['orders:*', ['orders:read', 'orders:write'], ['order:read', 'orders', 'reports:orders']],
    ['*:read', ['orders:read', 'reports:read'], ['read', 'orders:reads', 'read:orders']],
    ['orders:read', ['orders:read'], ['orders:write', 'Orders:read', 'read', 'orders']],
    ['read', ['read'], ['orders:read', 'read:orders']],
  ]

  it.each(table)('%s covers %j and not %j', (pattern, inside, outside) => {
    const parsed = parsePattern(pattern)!
    expect(inside.filter((one) => covers(parsed, one))).toEqual(inside)
    expect(outside.filter((one) => covers(parsed, one))).toEqual([])
  })
})

describe('patternsOf', () => {
  it('finds the wildcards that stand for something', () => {
    expect([...patternsOf(['orders:read', 'login'])].toSorted()).toEqual([
      '*',
      '*:*',
      '*:read',
      'login',
      'orders:*',
      'orders:read',
    ])
    expect([...patternsOf(['login'])]).toEqual(['*', 'login'])
  })
})
