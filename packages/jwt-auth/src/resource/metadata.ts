import type { Exchange, Gate } from '@sallyport/core'
import type { DpopSettings } from '../dpop/options.ts'
import type { Issuers } from '../issuers.ts'
import { isKeyUrl } from '../keys/url.ts'
import type { ResourceOptions } from './options.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** Where the metadata of a resource stand (RFC 9728, section 3.1): the well-known path comes before the resource's own. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}`
}

/** What the metadata are made of. */
export interface MetadataParts {
  readonly resource: ResourceOptions
  readonly issuers: Issuers
  readonly dpop: DpopSettings | undefined
  readonly mtls: boolean
  /** Name of the query parameter that tokens may stand in. */
  readonly query: string | undefined
}

/** Answers requests for the metadata; lets all others pass. */
export function metadataGate(parts: MetadataParts): Gate {
  const path = new URL(metadataUrl(parts.resource.url)).pathname
  return (exchange: Exchange) => {
    if (exchange.path !== path || !['GET', 'HEAD'].includes(exchange.method)) return undefined
    return {
      status: 200,
      // Issuers may come and go.
      headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
      body: JSON.stringify(metadataOf(parts)),
    }
  }
}

function metadataOf({ resource, issuers, dpop, mtls, query }: MetadataParts): object {
  const { authorizationServers, scopes, name, documentation, policy, termsOfService } = resource
  const servers = authorizationServers ?? [...issuers.values()].map(({ issuer }) => issuer).filter(isKeyUrl)
  return {
    resource: resource.url,
    authorization_servers: listed(servers),
    bearer_methods_supported: ['header', ...(query === 'access_token' ? ['query'] : [])],
    scopes_supported: listed(scopes),
    resource_name: name,
    resource_documentation: documentation,
    resource_policy_uri: policy,
    resource_tos_uri: termsOfService,
    ...(mtls && { tls_client_certificate_bound_access_tokens: true }),
    ...(dpop && {
      dpop_signing_alg_values_supported: dpop.algorithms,
      dpop_bound_access_tokens_required: dpop.required,
    }),
  }
}

/** A list without members is left out (RFC 9728, section 3.2). */
function listed(members: readonly string[] | undefined): readonly string[] | undefined {
  return members?.length === 0 ? undefined : members
}
