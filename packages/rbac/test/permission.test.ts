import { describe, expect, it } from 'vitest'
import { patternsOf } from '../src/pattern-index.ts'
import { covers, isPattern, isPermission, patternsCovering, sidesOf } from '../src/permission.ts'
import { finished } from './support.ts'

describe('isPermission', () => {
  it.each([
    'orders:read',
    'read',
    'data/eu/west:write',
    'v1.orders:read-all',
    '__proto__:read',
    'constructor',
    '2fa:reset',
    'admin/keys',
    `${'a/'.repeat(15)}a:read`,
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
    ['a separator at the end', 'data/:read'],
    ['an empty part of a path', 'data//eu:read'],
    ['a way up in a path', 'data/../secrets:read'],
    ['a part that is a dot', 'data/./eu:read'],
    ['a path of more than 16 parts', `${'a/'.repeat(16)}a:read`],
    ['a wildcard path', 'data/*:read'],
    ['more than 256 characters', `orders:${'r'.repeat(250)}`],
    ['a list', ['orders:read']],
    ['no value', undefined],
  ])('refuses %s: %j', (_, value) => {
    expect(isPermission(value)).toBe(false)
  })
})

describe('isPattern', () => {
  it.each([
    ['*', undefined, '*'],
    ['*:*', '*', '*'],
    ['orders:*', 'orders', '*'],
    ['*:read', '*', 'read'],
    ['orders:read', 'orders', 'read'],
    ['read', undefined, 'read'],
    ['data/*:read', 'data/*', 'read'],
    ['data/eu/*:admin/*', 'data/eu/*', 'admin/*'],
    ['admin/*', undefined, 'admin/*'],
  ])('takes %s, and tells its sides', (text, resource, action) => {
    expect(isPattern(text)).toBe(true)
    expect(sidesOf(text)).toEqual({ resource, action })
  })

  it.each([
    ...['', ':', '**', 'orders:re*', 'ord*:read', '*:*:*', 'orders:*:read', ' *', '*\n', 7, null],
    ...['*/data:read', 'data/*/raw:read', 'data/**:read', 'data*:read', '/*:read', 'data/../*:read', 'data//*:read'],
  ])('refuses %j', (text) => {
    expect(isPattern(text)).toBe(false)
  })
})

const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*', ['orders:read', 'read'], []],
  ['*:*', ['orders:read'], ['read']],
  ['orders:*', ['orders:read', 'orders:write'], ['order:read', 'orders', 'reports:orders']],
  ['*:read', ['orders:read', 'reports:read'], ['read', 'orders:reads', 'read:orders']],
  ['orders:read', ['orders:read'], ['orders:write', 'Orders:read', 'read', 'orders']],
  ['read', ['read'], ['orders:read', 'read:orders']],
  [
    'data/*:read',
    ['data/eu:read', 'data/eu/west:read'],
    ['data:read', 'database:read', 'data-eu:read', 'data/eu:write'],
  ],
  ['data/eu/*:*', ['data/eu/west:read'], ['data/eu:read', 'data/us:read', 'data/european:read']],
  ['*:admin/*', ['data/eu:admin/keys', 'orders:admin/a/b'], ['orders:admin', 'admin/keys', 'orders:administer']],
  ['admin/*', ['admin/keys'], ['admin', 'orders:admin/keys', 'admin/keys:read']],
]

describe('covers', () => {
  it.each(table)('%s covers %j and not %j', (pattern, inside, outside) => {
    expect(inside.filter((one) => covers(pattern, one))).toEqual(inside)
    expect(outside.filter((one) => covers(pattern, one))).toEqual([])
  })
})

describe('patternsCovering', () => {
  it.each(table)('finds %s for what it covers, and for nothing else', (pattern, inside, outside) => {
    expect(inside.filter((one) => patternsCovering(one).includes(pattern))).toEqual(inside)
    expect(outside.filter((one) => patternsCovering(one).includes(pattern))).toEqual([])
  })

  it('names the narrowest first, and few even of the longest path', () => {
    expect(patternsCovering('data/eu/west:read')).toEqual([
      'data/eu/west:read',
      'data/eu/west:*',
      'data/eu/*:read',
      'data/eu/*:*',
      'data/*:read',
      'data/*:*',
      '*:read',
      '*:*',
      '*',
    ])
    const longest = `${'a/'.repeat(15)}a:${'b/'.repeat(15)}b`
    expect(patternsCovering(longest).length).toBeLessThan(300)
  })
})

describe('patternsOf', () => {
  it('finds the wildcards that stand for something', () => {
    expect([...finished(patternsOf(['orders:read', 'login']))].toSorted()).toEqual([
      '*',
      '*:*',
      '*:read',
      'login',
      'orders:*',
      'orders:read',
    ])
    expect([...finished(patternsOf(['login']))]).toEqual(['*', 'login'])
    expect([...finished(patternsOf(['data/eu:read']))].toSorted()).toEqual([
      '*',
      '*:*',
      '*:read',
      'data/*:*',
      'data/*:read',
      'data/eu:*',
      'data/eu:read',
    ])
  })
})
