import { describe, expect, it } from 'vitest'
import { isKeyUrl, isLoopback, metadataUrls } from '../../src/keys/url.ts'

describe('isKeyUrl', () => {
  it.each([
    'https://id.example.com/jwks',
    'http://localhost:8080/jwks',
    'http://127.0.0.1/jwks',
    'http://127.9.9.9/',
    'http://[::1]:1/',
  ])('accepts %s', (url) => {
    expect(isKeyUrl(url)).toBe(true)
  })

  it.each([
    'http://id.example.com/jwks',
    'http://169.254.169.254/latest',
    'http://10.0.0.1/jwks',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'https://user:password@id.example.com/jwks',
    'https://id.example.com/jwks#key',
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://id.example.com/',
    '/jwks',
    '',
  ])('refuses %s', (url) => {
    expect(isKeyUrl(url)).toBe(false)
  })

  it('sees through other spellings of this machine', () => {
    expect(isLoopback(new URL('http://0x7f.1/'))).toBe(true)
    expect(isLoopback(new URL('http://2130706433/'))).toBe(true)
  })
})

describe('metadataUrls', () => {
  it('puts the well-known part behind the path for OpenID Connect and before it for RFC 8414', () => {
    expect(metadataUrls('https://id.example.com')).toEqual([
      'https://id.example.com/.well-known/openid-configuration',
      'https://id.example.com/.well-known/oauth-authorization-server',
    ])
    expect(metadataUrls('https://id.example.com/realms/acme/')).toEqual([
      'https://id.example.com/realms/acme/.well-known/openid-configuration',
      'https://id.example.com/.well-known/oauth-authorization-server/realms/acme',
    ])
  })
})
