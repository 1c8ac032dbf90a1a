import { describe, expect, it } from 'vitest'
import { normaliseTarget } from '../../src/dpop/target.ts'

const target = 'https://api.example.com/orders/a-b%20c'

describe('normaliseTarget', () => {
  it.each([
    target,
    'HTTPS://API.example.COM/orders/a-b%20c',
    'https://api.example.com:443/orders/a-b%20c',
    'https://api.example.com/orders/a%2db%20c',
    'https://api.example.com/orders/%61-b%20c',
    'https://api.example.com/x/../orders/./a-b%20c',
    'https://api.example.com/orders/a-b c',
    `${target}?page=2`,
    `${target}#top`,
  ])('knows %s', (spelling) => {
    expect(normaliseTarget(spelling)).toBe(target)
  })

  it.each([
    'http://api.example.com/orders/a-b%20c',
    'https://api.example.com:8443/orders/a-b%20c',
    'https://api.example.com.evil.test/orders/a-b%20c',
    'https://api.example.com/orders/a-b%20c/',
    'https://api.example.com/Orders/a-b%20c',
    'https://api.example.com/orders/a-b%2520c',
    'https://api.example.com/orders%2Fa-b%20c',
    'https://api.example.com//orders/a-b%20c',
    'https://api.example.com/',
  ])('tells %s apart', (other) => {
    expect(normaliseTarget(other)).not.toBe(target)
  })

  it('has one spelling of what must be escaped', () => {
    expect(normaliseTarget('https://a/%c3%a9%2f')).toBe('https://a/%C3%A9%2F')
    expect(normaliseTarget('https://a')).toBe('https://a/')
  })

  it.each([
    '',
    '/orders',
    'api.example.com/orders',
    'ftp://api.example.com/orders',
    'https://user@api.example.com/orders',
    'https://user:pass@api.example.com/orders',
    'https://',
    'null/orders',
    'javascript:alert(1)',
  ])('takes %j for no address', (text) => {
    expect(normaliseTarget(text)).toBeUndefined()
  })
})
