import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import type { Environment } from '@sallyport/core'
import { jwtAuth, type CommonOptions, type IntrospectionOptions, type JwtAuth } from '@sallyport/jwt-auth'
import type { TestIssuer } from '@sallyport/jwt-auth/testing'
import { guarded, testEnvironment, testIssuer, type GuardedApp } from './app.ts'

export const audience = 'orders-api'

/** An app that looks tokens up, their issuer, and the time that both live in. */
export interface OpaqueScene extends GuardedApp {
  readonly clock: TestClock
  readonly env: Environment
  readonly issuer: TestIssuer
  readonly auth: JwtAuth
  readonly events: CapturedEvents
}

export interface OpaqueSceneOptions {
  readonly introspection?: Partial<IntrospectionOptions>
  /** Whether JWTs are checked by keys. @default true */
  readonly keys?: boolean
  readonly more?: Partial<CommonOptions>
}

export async function opaqueScene(options: OpaqueSceneOptions = {}): Promise<OpaqueScene> {
  const { introspection = {}, keys = true, more = {} } = options
  const clock = createTestClock()
  const issuer = await testIssuer({ clock })
  const env = testEnvironment({ clock })
  const auth = jwtAuth({
    issuer: issuer.issuer,
    audience,
    introspection: { ...issuer.introspection, ...introspection } as IntrospectionOptions,
    ...(keys && { jwksUri: issuer.jwksUri }),
    ...more,
    env,
  }) as JwtAuth
  const app = await guarded(auth, ({ principal }) => ({ ...principal }))
  return { clock, env, issuer, auth, events: captureEvents(env), ...app }
}
