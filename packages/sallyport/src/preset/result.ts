import type { AuditLogger } from '@sallyport/audit-logger'
import type { Environment, Middleware } from '@sallyport/core'
import type { JwtAuth } from '@sallyport/jwt-auth'
import type { MfaGate } from '@sallyport/mfa-gate'
import type { PiiRedactor } from '@sallyport/pii-redactor'
import type { Access } from '@sallyport/rbac'
import type { SessionTracker } from '@sallyport/session-tracker'

/** A member for a part that is there; none for one that was left out, so that its use does not compile. */
type Member<Options, Option extends string, Name extends string, Made> = Options extends {
  readonly [K in Option]: infer Given
}
  ? Given extends false | undefined
    ? unknown
    : { readonly [K in Name]: Made }
  : unknown

/** The rbac of the options, with the names of their catalogue where it is written as one. */
type AccessOf<Options> = Options extends {
  readonly rbac: { readonly permissions: readonly (infer Name extends string)[] }
}
  ? Access<Name>
  : Access

/** Sessions are there with a login too, unless they are left out. */
type SessionsOf<Options> = Options extends { readonly sessions: unknown }
  ? Member<Options, 'sessions', 'sessions', SessionTracker>
  : Member<Options, 'login', 'sessions', SessionTracker>

/** What `sallyport()` makes: one middleware, and the parts by name. */
export type Sallyport<Options> = Middleware & {
  readonly env: Environment
  /** Ends timers and connections of all parts, and writes down what the audit log still holds. */
  close(): Promise<void>
} & Member<Options, 'jwt', 'auth', JwtAuth> &
  SessionsOf<Options> &
  Member<Options, 'rbac', 'access', AccessOf<Options>> &
  Member<Options, 'mfa', 'mfa', MfaGate> &
  Member<Options, 'audit', 'audit', AuditLogger> &
  Member<Options, 'pii', 'pii', PiiRedactor>
