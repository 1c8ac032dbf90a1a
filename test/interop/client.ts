import * as client from 'openid-client'
import { web, type AuthorizationServer } from './provider.ts'

/** What a client got from the authorization server. */
export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers

/** An app that logs its users in, on openid-client. */
export async function discoverAs({ issuer }: AuthorizationServer): Promise<client.Configuration> {
  return client.discovery(new URL(issuer), web.id, web.secret, undefined, { execute: [client.allowInsecureRequests] })
}

/** Logs alice in by the code flow with PKCE, in a browser that follows redirects and keeps cookies. */
export async function logIn(
  config: client.Configuration,
  resource: string,
  options: { readonly DPoP?: client.DPoPHandle } = {},
): Promise<Tokens> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const start = client.buildAuthorizationUrl(config, {
    redirect_uri: web.redirectUri,
    scope: 'openid orders:read',
    resource,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const callback = await browse(start)
  const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce }
  return client.authorizationCodeGrant(config, callback, checks, { resource }, options)
}

async function browse(start: URL): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = start
  for (let step = 0; step < 10; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1)
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${url.href} answered ${response.status}: ${await response.text()}`)
    url = new URL(location, url)
    if (url.href.startsWith(web.redirectUri)) return url
  }
  throw new Error('There is no end of redirects')
}
