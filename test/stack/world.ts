import { createEnvironment, type Environment, type Store } from '@sallyport/core'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import { jwtAuth, type CommonOptions, type JwtAuth } from '@sallyport/jwt-auth'
import { rbac, type Access } from '@sallyport/rbac'
import { onTestFinished } from 'vitest'
import { startIssuer, type TestIssuer } from '../../packages/jwt-auth/test/support/test-issuer.ts'
import type { AppSpec, Host, RunningApp } from '../hosts/host.ts'

/** Both packages on one environment, with a real issuer. */
export interface World {
  readonly env: Environment
  readonly clock: TestClock
  readonly issuer: TestIssuer
  readonly auth: JwtAuth
  readonly access: Access<'orders:read' | 'orders:create'>
  /** What was published on this environment. */
  readonly events: CapturedEvents
  /** An access token of `alice` with these roles. */
  token(roles: readonly string[], claims?: Readonly<Record<string, unknown>>): Promise<string>
  /** Another `jwtAuth()` of the same issuer and environment. */
  authWith<const Required extends boolean = true>(
    options: CommonOptions<Required>,
  ): ReturnType<typeof jwtAuth<Required>>
  /** An app with the token's check on all and a permission on the route. */
  guarded(host: Host, more?: AppSpec): Promise<RunningApp>
}

/** Starts an issuer and makes the gates; all of it ends with the test. Time stands still until the test moves the clock. */
export async function startWorld(options: { readonly store?: Store } = {}): Promise<World> {
  const clock = createTestClock()
  const env = createEnvironment({ clock, ...options })
  onTestFinished(() => env.close())
  const issuer = await startIssuer({ clock })
  onTestFinished(() => issuer.close())
  const events = captureEvents(env)
  onTestFinished(events.stop)
  const authWith: World['authWith'] = (options) =>
    jwtAuth({ issuer: issuer.issuer, audience: 'orders-api', jwksUri: issuer.jwksUri, env, ...options })
  const auth = authWith({})
  const access = rbac({
    permissions: ['orders:read', 'orders:create'] as const,
    roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], allow: ['orders:create'] } },
    env,
  })
  return {
    ...{ env, clock, issuer, auth, access, events, authWith },
    token: (roles, claims = {}) => issuer.token({ claims: { roles, ...claims } }),
    guarded: (host, more = {}) => host.start({ use: [auth], route: [access.require('orders:read')], ...more }),
  }
}

/** The header that presents a token. */
export function bearing(token: string): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Status and code of an answer. */
export async function told(response: Response): Promise<readonly [status: number, code: string]> {
  const text = await response.text()
  return [response.status, response.ok ? text : (JSON.parse(text) as { code: string }).code]
}
