import type { Environment, KeyRing, Middleware, Store } from '@sallyport/core'
import type { AuditLogger, AuditLoggerOptions } from '@sallyport/audit-logger'
import type { JwtAuth, JwtAuthOptions } from '@sallyport/jwt-auth'
import type { RateLimitOptions } from '@sallyport/limits'
import type { DemandOptions, MfaGate, MfaGateOptions } from '@sallyport/mfa-gate'
import type { PiiRedactor, PiiRedactorOptions } from '@sallyport/pii-redactor'
import type { Access, RbacOptions, RbacPolicyOptions } from '@sallyport/rbac'
import type { SessionTracker, SessionTrackerOptions } from '@sallyport/session-tracker'
import type { HelmetOptions } from 'helmet'
import type { CorsRules } from './cors.ts'
import type { PresetName } from './presets.ts'

/** Options of a part, without the environment: all parts share the one of the whole. */
export type PartOptions<Options> = Options extends unknown ? Omit<Options, 'env'> : never

/** Limits for all requests, each with its window in seconds. Limits of single routes stand on the routes: `rateLimit()`. */
export interface LimitsOptions {
  /** Requests of one client address. @default { limit: 300, window: 60 } */
  readonly address?: Pick<RateLimitOptions, 'limit' | 'window'> | false
  /** Requests of one account, where a part finds out who is calling. @default { limit: 1000, window: 60 } */
  readonly principal?: Pick<RateLimitOptions, 'limit' | 'window'> | false
  /** Requests with one API key, token or session. @default none */
  readonly credential?: Pick<RateLimitOptions, 'limit' | 'window'> | false
  /** Requests of one OAuth client. @default none */
  readonly client?: Pick<RateLimitOptions, 'limit' | 'window'> | false
  /** Makes the limiters, for more than one process. @default in memory */
  readonly limiter?: RateLimitOptions['limiter']
  /** @default 'memory' */
  readonly onLimiterFailure?: RateLimitOptions['onLimiterFailure']
}

/** Frameworks of rules whose retention of records is held. */
export type Compliance = 'soc2' | 'hipaa' | 'gdpr' | 'pci-dss' | 'iso27001' | 'sox'

/** Options of the audit log as a part. */
export type AuditPartOptions = PartOptions<AuditLoggerOptions> & {
  /** Frameworks for whose sake the log is kept: a retention that is too short for one of them is refused. @default [] */
  readonly compliance?: readonly Compliance[]
}

/** Options of the second factors as a part. */
export type MfaPartOptions = PartOptions<MfaGateOptions> & {
  /** What is demanded of every request that is logged in; routes may demand more. @default false: routes demand it */
  readonly require?: boolean | DemandOptions
}

/**
 * Options of `sallyport()`. Each part takes its own options, a part that the app has made, or `false`. The order is fixed, whatever the order here.
 */
export interface SallyportOptions {
  /** A start for other options; what is given beside it goes first. @default none */
  readonly preset?: PresetName
  /** An environment of the app's own; then no `store`, `keyRing`, `trustedProxies` and `allowedOrigins` here. @default one is made */
  readonly env?: Environment
  /** Where state lives. @default in memory: each process for itself */
  readonly store?: Store
  /** Keeps secrets secret. @default none */
  readonly keyRing?: KeyRing
  /** Addresses and ranges of the proxies in front of the app. @default [] */
  readonly trustedProxies?: readonly string[]
  /** Origins besides the app's own whose pages may use cookies here. @default [] */
  readonly allowedOrigins?: readonly string[]
  /** Security headers of answers: options of helmet. @default its defaults */
  readonly headers?: HelmetOptions | false
  /** Client addresses that are let in; all others are not. @default all */
  readonly ipAllow?: readonly string[]
  /** Client addresses that are turned away. @default none */
  readonly ipDeny?: readonly string[]
  /** Which pages of other origins may call. @default false: none */
  readonly cors?: CorsRules | false
  /** @default address and principal */
  readonly limits?: LimitsOptions | false
  /** Records what happens: needs at least `directory` or `log`. @default false */
  readonly audit?: AuditPartOptions | AuditLogger | false
  /** Takes personal data out of answers; out of logs and the audit log too. @default false */
  readonly pii?: PartOptions<PiiRedactorOptions> | PiiRedactor | false
  /** The app's own login, as `identify()` makes it. @default none */
  readonly login?: Middleware | false
  /** Access tokens. @default false */
  readonly jwt?: PartOptions<JwtAuthOptions> | JwtAuth | false
  /** Sessions of a login, or of a cookie of its own. @default on where `login` is given */
  readonly sessions?: PartOptions<SessionTrackerOptions> | SessionTracker | false
  /** Roles and permissions. @default false */
  readonly rbac?: PartOptions<RbacOptions> | PartOptions<RbacPolicyOptions> | Access | false
  /** Second factors. @default false */
  readonly mfa?: MfaPartOptions | MfaGate | false
}
