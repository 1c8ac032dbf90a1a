import { randomBytes } from 'node:crypto'
import type { Clock } from '@sallyport/core'
import type { TestRequest } from './test-server.ts'

/** What opaque tokens are made with. */
export interface OpaqueTokensInit {
  readonly claimsFor: () => Readonly<Record<string, unknown>>
  readonly clock: Clock
  readonly clientId: string
  readonly clientSecret: string
}

/** Tokens that only their issuer can read. */
export interface OpaqueTokens {
  issue(claims?: Readonly<Record<string, unknown>>): string
  revoke(token: string): void
  /** RFC 7662: what a token is worth, for who knows the secret; 401 for others. */
  introspect(request: TestRequest): unknown
}

export function createOpaqueTokens({ claimsFor, clock, clientId, clientSecret }: OpaqueTokensInit): OpaqueTokens {
  const active = new Map<string, Readonly<Record<string, unknown>>>()
  return {
    issue(claims = {}) {
      const token = randomBytes(32).toString('base64url')
      active.set(token, { token_type: 'Bearer', ...claimsFor(), ...claims })
      return token
    },
    revoke: (token) => void active.delete(token),
    introspect({ method, authorization, form }) {
      if (method !== 'POST') return 405
      if (!isClient(authorization, form)) return 401
      const claims = active.get(form.get('token') ?? '')
      const { exp } = claims ?? {}
      const isOver = typeof exp === 'number' && clock.now() >= exp * 1000
      return claims && !isOver ? { active: true, ...claims } : { active: false }
    },
  }

  function isClient(authorization: string | undefined, form: URLSearchParams): boolean {
    const [, basic] = /^Basic (.+)$/.exec(authorization ?? '') ?? []
    const pair = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString()
    if (pair !== undefined) return pair === `${clientId}:${clientSecret}`
    return form.get('client_id') === clientId && form.get('client_secret') === clientSecret
  }
}
