import { describe, expect, it } from 'vitest'
import { discoverJwksUri } from '../../src/keys/discovery.ts'
import { FetchFailure, type Fetched } from '../../src/keys/fetch-json.ts'

const issuer = 'https://id.example.com/'
const openid = 'https://id.example.com/.well-known/openid-configuration'
const oauth = 'https://id.example.com/.well-known/oauth-authorization-server'
const jwksUri = 'https://keys.example.net/jwks'

function web(documents: Record<string, unknown>): { get: (url: string) => Promise<Fetched>; asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    get(url) {
      asked.push(url)
      const document = documents[url]
      if (document instanceof Error) return Promise.reject(document)
      return document === undefined
        ? Promise.reject(new FetchFailure('answered 404', 404))
        : Promise.resolve({ document, freshFor: undefined })
    },
  }
}

describe('discoverJwksUri', () => {
  it('reads OpenID Connect metadata', async () => {
    const { get, asked } = web({ [openid]: { issuer, jwks_uri: jwksUri } })
    expect(await discoverJwksUri(issuer, undefined, get)).toBe(jwksUri)
    expect(asked).toEqual([openid])
  })

  it('falls back to RFC 8414 where there is none', async () => {
    const { get, asked } = web({ [oauth]: { issuer, jwks_uri: jwksUri } })
    expect(await discoverJwksUri(issuer, undefined, get)).toBe(jwksUri)
    expect(asked).toEqual([openid, oauth])
  })

  it('does not fall back where the server is only failing', async () => {
    const { get, asked } = web({
      [openid]: new FetchFailure('answered 500', 500),
      [oauth]: { issuer, jwks_uri: jwksUri },
    })
    await expect(discoverJwksUri(issuer, undefined, get)).rejects.toThrow('answered 500')
    expect(asked).toEqual([openid])
  })

  it('asks only the URL that it is given', async () => {
    const { get, asked } = web({ 'https://meta.example.com/': { issuer, jwks_uri: jwksUri } })
    expect(await discoverJwksUri(issuer, 'https://meta.example.com/', get)).toBe(jwksUri)
    await expect(discoverJwksUri(issuer, 'https://none.example.com/', get)).rejects.toThrow('404')
    expect(asked).toEqual(['https://meta.example.com/', 'https://none.example.com/'])
  })

  it.each([
    ['of another issuer', { issuer: 'https://id.example.com', jwks_uri: jwksUri }],
    ['without issuer', { jwks_uri: jwksUri }],
    ['without keys', { issuer }],
    ['with keys over plain http', { issuer, jwks_uri: 'http://keys.example.net/jwks' }],
    ['with keys in a file', { issuer, jwks_uri: 'file:///etc/passwd' }],
    ['with keys on this machine', { issuer, jwks_uri: 'http://127.0.0.1:9999/jwks' }],
    ['with keys that are no URL', { issuer, jwks_uri: ['https://keys.example.net/'] }],
    ['that is null', null],
    ['that is a string', 'metadata'],
  ])('refuses metadata %s', async (_case, metadata) => {
    await expect(discoverJwksUri(issuer, undefined, web({ [openid]: metadata }).get)).rejects.toThrow(FetchFailure)
  })
})
