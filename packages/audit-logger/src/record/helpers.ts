import type { AuditEvent, AuditPerson, AuditResource } from './event.ts'

/** How somebody logs in. */
export type AuthMethod = 'password' | 'passkey' | 'otp' | 'oauth' | 'certificate' | 'token'

/** A login, or an attempt at one. */
export interface AuthAttempt {
  readonly method: AuthMethod
  readonly success: boolean
  /** Whose account it is; nothing where it is not known. */
  readonly account?: AuditPerson
  /** What was typed as a name where there is no such account: sealed, because people type passwords there. */
  readonly identifier?: string
  /** Why it failed: a word of a closed set, such as `wrong-password`. */
  readonly reason?: string
}

/** A decision about who may do what. */
export interface AccessEvent {
  readonly granted: boolean
  readonly resource: AuditResource
  /** What was to be done with it. */
  readonly action: string
  /** The permission that was asked for. */
  readonly permission?: string
  readonly reason?: string
}

export function attemptEvent({ method, success, account, identifier, reason }: AuthAttempt): AuditEvent {
  return {
    type: `auth.login.${method}`,
    outcome: success ? 'success' : 'failure',
    // Before a login succeeds, whoever tries is nobody yet: the account is whom it is about.
    ...(account && (success ? { actor: account } : { about: account })),
    ...(identifier !== undefined && { personal: { identifier: identifier.slice(0, 256) } }),
    ...(reason !== undefined && { reason }),
  }
}

export function accessEvent({ granted, resource, action, permission, reason }: AccessEvent): AuditEvent {
  return {
    type: 'access.checked',
    outcome: granted ? 'success' : 'denied',
    resource,
    detail: { action, ...(permission !== undefined && { permission }) },
    ...(reason !== undefined && { reason }),
  }
}
