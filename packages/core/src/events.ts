import type { Environment } from './environment.ts'
import type { Exchange } from './exchange.ts'
import type { AccountId } from './principal.ts'

/** The account in an event. */
export interface EventAccount extends AccountId {
  readonly sid?: string
}

/** The request in an event: no header, no query, no body. */
export interface EventRequest {
  readonly method: string
  readonly path: string
  readonly clientAddress: string
}

/** How one permission was decided, and why: for the operator, never for the client. */
export interface AuthorizationDecision {
  readonly permission: string
  /** What stands before the colon; empty for a bare verb. */
  readonly resource: string
  /** What stands behind the colon, or the bare verb. */
  readonly action: string
  readonly granted: boolean
  /** What decided, from a closed set of words. */
  readonly reason: string
  /** The role of the caller by which it was decided. */
  readonly role?: string
  /** The place of the deciding rule in the policy. */
  readonly rule?: string
  /** Roles that would grant it, some of them where there are many. */
  readonly rolesThatGrant?: readonly string[]
  /** All of it in one line. */
  readonly why: string
}

/**
 * Every type of security event with its details. Packages add theirs:
 * `declare module '@sallyport/core' { interface SecurityEventMap { 'authn.accepted': {…} } }`.
 */
export interface SecurityEventMap {
  /** A gate refused, or would have (`reportOnly`). */
  'gate.refused': {
    readonly gate: string
    readonly code: string
    readonly status: number
    readonly reportOnly: boolean
  }
  /** A gate threw something that is no refusal. Answered with 503. */
  'gate.failed': { readonly gate: string; readonly name: string; readonly code?: string; readonly at?: string }
  /** A credential was accepted. */
  'authn.accepted': { readonly by: string; readonly credential: string; readonly id?: string }
  /** A permission was decided. */
  'authz.decided': {
    readonly granted: boolean
    readonly permissions: readonly string[]
    /** Whether all of them were demanded, or any one. */
    readonly quantifier: 'all' | 'any'
    readonly roles: readonly string[]
    /** Those of the permissions that were missing. */
    readonly missing: readonly string[]
    /** Version of the policy that decided. */
    readonly policy?: string
    /** Each of the permissions by itself: the labels of metrics, and why. */
    readonly decisions?: readonly AuthorizationDecision[]
  }
  /** Something was revoked on this node, or news of it came. */
  'revocation.recorded': { readonly kind: 'token' | 'session' | 'subject'; readonly reason: string }
  /** A store or another dependency changed its state. Once per change. */
  'health.changed': { readonly part: string; readonly healthy: boolean; readonly detail?: string }
}

/** Names of security events. */
export type SecurityEventType = keyof SecurityEventMap

/** One decision. */
export type SecurityEvent<Type extends SecurityEventType = SecurityEventType> = {
  [T in Type]: {
    /** Version of the event's form. */
    readonly version: 1
    readonly type: T
    /** Milliseconds since the Unix epoch. */
    readonly time: number
    readonly environment: Environment
    readonly request?: EventRequest
    readonly account?: EventAccount
    readonly detail: SecurityEventMap[T]
    /** The exchange, when the event happened on one. */
    readonly exchange?: Exchange
    /** Holds the response until the promise is settled; a rejection refuses the request. Only while the event is being delivered. */
    waitUntil(promise: Promise<unknown>): void
  }
}[Type]
