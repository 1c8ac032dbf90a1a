import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { makeTestKey } from '@sallyport/jwt-auth/testing'
import type Provider from 'oidc-provider'
import type { Adapter, AdapterPayload, Configuration } from 'oidc-provider'
import { onTestFinished } from 'vitest'

/** What the authorization server knows the API as; its tokens are JWTs or opaque, as the resource says. */
export const JWT_API = 'https://api.example.com/jwt'
export const OPAQUE_API = 'https://api.example.com/opaque'
export const audience = 'orders-api'

export const web = { id: 'web', secret: 'web-secret', redirectUri: 'http://127.0.0.1/callback' }
/** The API itself, when it asks about tokens. */
const api = { id: 'orders-api', secret: 'api/secret:with%signs' }

/** A real authorization server on this machine. */
export interface AuthorizationServer {
  readonly issuer: string
  readonly introspection: { readonly url: string; readonly clientId: string; readonly clientSecret: string }
}

/** Starts oidc-provider on a free port of 127.0.0.1, with one user, alice, who consents to everything. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  // It is for Node 22 and later; this is what it needs that Node 20 does not have.
  ;(URL as { parse?: unknown }).parse ??= (url: string, base?: string) =>
    URL.canParse(url, base) ? new URL(url, base) : null
  const { default: OidcProvider } = await import('oidc-provider')
  let handle: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => void res.destroy()
  const server = createServer((req, res) => handle(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new OidcProvider(issuer, configuration())
  const callback = provider.callback()
  handle = (req, res) => {
    if (req.url?.startsWith('/interaction/')) void logIn(provider, req, res)
    else void callback(req, res)
  }
  return {
    issuer,
    introspection: { url: `${issuer}/token/introspection`, clientId: api.id, clientSecret: api.secret },
  }
}

async function logIn(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  await provider.interactionFinished(req, res, { login: { accountId: 'alice', acr: 'gold', amr: ['pwd', 'otp'] } })
}

function configuration(): Configuration {
  const key = makeTestKey('ES256')
  return {
    adapter: MemoryAdapter,
    clients: [
      {
        ...{ client_id: web.id, client_secret: web.secret, redirect_uris: [web.redirectUri] },
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        id_token_signed_response_alg: 'ES256',
      },
      {
        ...{ client_id: api.id, client_secret: api.secret, redirect_uris: [], response_types: [], grant_types: [] },
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientBasedCORS: () => false,
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig', alg: 'ES256' } as never] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32) },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'orders:read orders:create',
          audience,
          accessTokenFormat: resource === JWT_API ? 'jwt' : 'opaque',
          accessTokenTTL: 600,
          ...(resource === JWT_API && { jwt: { sign: { alg: 'ES256' } } }),
        }),
      },
    },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: () => true,
    async loadExistingGrant({ oidc }) {
      const { params, provider, client, session } = oidc
      const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! })
      grant.addOIDCScope('openid')
      grant.addResourceScope(String(params!['resource']), 'orders:read orders:create')
      await grant.save()
      return grant
    },
    renderError: (ctx, out) => void (ctx.body = out),
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: 3600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
  }
}

const stored = new Map<string, AdapterPayload>()

/** Its own one for tests prints a warning. */
export class MemoryAdapter implements Adapter {
  readonly #model: string

  constructor(model: string) {
    this.#model = model
  }

  upsert(id: string, payload: AdapterPayload): Promise<undefined> {
    stored.set(`${this.#model}:${id}`, payload)
    return Promise.resolve(undefined)
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(stored.get(`${this.#model}:${id}`))
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve([...stored.values()].find((payload) => payload.uid === uid))
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  consume(id: string): Promise<undefined> {
    const payload = stored.get(`${this.#model}:${id}`)
    if (payload) payload.consumed = Math.floor(Date.now() / 1000)
    return Promise.resolve(undefined)
  }

  destroy(id: string): Promise<undefined> {
    stored.delete(`${this.#model}:${id}`)
    return Promise.resolve(undefined)
  }

  revokeByGrantId(grantId: string): Promise<undefined> {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key)
    return Promise.resolve(undefined)
  }
}
