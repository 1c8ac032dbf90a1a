import type { Answer } from '@sallyport/core'
import type { RouteContext, Routed } from './route.ts'

/** How long anybody may keep the key set, in seconds. New keys are published at least as long before they sign. */
const KEPT = 600

const DISCOVERY = '/.well-known/oauth-authorization-server'

/** What everybody may read: the key set, and where everything is (RFC 8414). Nothing where tokens are signed with a shared secret. */
export function publicRoutes(context: RouteContext, withClients: boolean): readonly Routed[] {
  const { issuer, settings, prefix } = context
  if (settings.keys.shared) return []
  const jwks: Routed = {
    name: 'jwks',
    method: 'GET',
    path: `${prefix}/jwks`,
    answer: async () => published(await issuer.jwks(), 'application/jwk-set+json'),
  }
  if (!URL.canParse(issuer.issuer)) return [jwks]
  const { pathname } = new URL(issuer.issuer)
  const metadata = metadataOf(context, withClients)
  const discovery: Routed = {
    name: 'metadata',
    method: 'GET',
    path: `${DISCOVERY}${pathname === '/' ? '' : pathname}`,
    answer: () => Promise.resolve(published(metadata, 'application/json')),
  }
  return [jwks, discovery]
}

function published(body: object, type: string): Answer {
  const headers = { 'content-type': type, 'cache-control': `public, max-age=${KEPT}` }
  return { status: 200, headers, body: JSON.stringify(body) }
}

function metadataOf({ issuer, settings, prefix }: RouteContext, withClients: boolean): object {
  const { origin } = new URL(issuer.issuer)
  const at = (name: string): string => `${origin}${prefix}/${name}`
  const methods = ['client_secret_basic', 'client_secret_post']
  const grants = ['refresh_token', 'client_credentials']
  if (settings.exchange !== undefined) grants.push('urn:ietf:params:oauth:grant-type:token-exchange')
  return {
    issuer: issuer.issuer,
    jwks_uri: at('jwks'),
    // The RFC demands the list: there is no authorization endpoint.
    response_types_supported: [],
    ...(withClients && {
      token_endpoint: at('token'),
      revocation_endpoint: at('revoke'),
      introspection_endpoint: at('introspect'),
      grant_types_supported: grants,
      token_endpoint_auth_methods_supported: [...methods, 'none'],
      revocation_endpoint_auth_methods_supported: [...methods, 'none'],
      introspection_endpoint_auth_methods_supported: methods,
    }),
  }
}
