import { setTimeout as pause } from 'node:timers/promises'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import { jwtAuth, type JwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer, type GuardedApp } from './app.ts'
import type { TestIssuer } from './test-issuer.ts'

export const MINUTE = 60_000
export const audience = 'orders-api'

/** An app, its issuer, and the time that both live in. */
export interface Scene extends GuardedApp {
  readonly clock: TestClock
  readonly issuer: TestIssuer
  readonly auth: JwtAuth
  readonly events: CapturedEvents
  /** A token that lasts as long as any test. */
  lasting(): Promise<string>
}

export async function scene(options: Partial<JwtAuthOptions> = {}): Promise<Scene> {
  const clock = createTestClock()
  const issuer = await testIssuer({ clock })
  const env = testEnvironment({ clock })
  const auth = jwtAuth({
    issuer: issuer.issuer,
    audience,
    jwksUri: issuer.jwksUri,
    ...options,
    env,
  } as JwtAuthOptions<true>)
  const exp = clock.now() / 1000 + 86_400
  return {
    clock,
    issuer,
    auth,
    events: captureEvents(env),
    lasting: () => issuer.token({ claims: { exp } }),
    ...(await guarded(auth)),
  }
}

/** Until what runs in the background has been asked for and answered. */
export async function background(issuer: TestIssuer, fetches: number): Promise<void> {
  while (issuer.fetches < fetches) await pause(1)
  await pause(20)
}
