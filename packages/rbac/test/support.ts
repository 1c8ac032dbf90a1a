import {
  createEnvironment,
  identify,
  type Environment,
  type Login,
  type Middleware,
  type Principal,
} from '@sallyport/core'
import type { Access } from '@sallyport/rbac'
import { expect, onTestFinished } from 'vitest'
import type { Steps } from '../src/steps.ts'

/** An environment that is closed when the test is over. */
export function environment(): Environment {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  return env
}

/** A principal with a bearer token. */
export function principal(given: Partial<Principal> = {}): Principal {
  return {
    issuer: 'https://issuer.example',
    subject: 'u1',
    roles: [],
    amr: [],
    credential: { kind: 'bearer', ambient: false },
    ...given,
  }
}

/** The answer of `can`, asked directly, compiled and compiled again: they never differ. */
export function decide(access: Access, who: Principal | undefined, permission: string): boolean {
  const answer = access.can(who, permission)
  const ability = access.compile(who)
  expect([ability.can(permission), ability.can(permission)], permission).toEqual([answer, answer])
  return answer
}

/** A gate that knows the caller by a token sent on purpose, or whatever else `login` says. */
export function loggedIn(env: Environment, login: Partial<Login>): Middleware {
  return identify(() => ({ subject: 'u1', credential: { kind: 'bearer', ambient: false }, ...login }), { env })
}

/** The message of the refusal that a wrong option gets, with its code. */
export function refusal(make: () => unknown): string {
  try {
    make()
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string }
    return `${code} ${message}`
  }
  return 'accepted'
}

/** What work in steps comes to. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The refusal of something that is under way, with its code. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string }
    return `${code} ${message}`
  }
  return 'accepted'
}
