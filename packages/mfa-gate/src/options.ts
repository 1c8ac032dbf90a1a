import {
  accept,
  acceptEnvironment,
  acceptNumber,
  checkOptions,
  optionError,
  type AccountId,
  type Environment,
  type Exchange,
  type OptionRules,
  type SecurityError,
} from '@sallyport/core'
import type { AdaptiveOptions } from './adaptive.ts'
import type { BudgetOptions } from './budgets/budgets.ts'
import type { StepUpCarrier, StepUpResult } from './carriers/carrier.ts'
import type { DeviceOptions } from './devices.ts'
import { durationRule, type Duration } from './duration.ts'
import type { Factor } from './factor.ts'
import type { LevelOptions } from './levels.ts'
import type { PasswordVerifier } from './password.ts'
import type { EnforcementRuleOptions } from './rollout.ts'

/** Where browsers are sent. Paths of the app's own pages; each is given `return_to`, the path to go back to. */
export interface PageOptions {
  /** Where a second factor is presented. @default none: browsers are answered as everybody else */
  readonly verify?: string
  /** Where one is set up. @default none */
  readonly enrol?: string
}

/** Options of `reset`. */
export interface ResetOptions {
  /** How many administrators must ask for it. @default 1 */
  readonly administrators?: 1 | 2
  /** How long a ticket is good, and how long a request waits for a second administrator. @default '24h' */
  readonly lifetime?: Duration
}

/** Options of `mfaGate`. */
export interface MfaGateOptions {
  /** The kinds of factors that accounts can have. */
  readonly factors: readonly Factor[]
  /** Where what was proved is kept between requests. @default inSession() */
  readonly carrier?: StepUpCarrier
  /** Levels of assurance, the weakest first. @default one: `aal2`, which any second factor reaches */
  readonly levels?: readonly LevelOptions[]
  /** Verifies an account's password: makes the method `password`, and lets people change their factors by it. @default none */
  readonly verifyPassword?: PasswordVerifier
  /** What people know an account by. It stands in their authenticators. @default the subject */
  readonly label?: (account: AccountId) => string
  /** Where browsers are sent. */
  readonly pages?: PageOptions
  /**
   * Makes the refusal of a login that is too weak or too old, such as `auth.stepUp` of jwt-auth, which knows the scheme of the token.
   * @default a challenge in the scheme of the credential
   */
  readonly stepUpError?: (
    exchange: Exchange,
    demand: { readonly acr?: string; readonly maxAge?: number },
  ) => SecurityError
  /**
   * Who must have a second factor: the first rule that fits an account. Whoever has one must use it, rules or not.
   * @default []
   */
  readonly enforce?: readonly EnforcementRuleOptions[]
  /** Trusted browsers. */
  readonly devices?: DeviceOptions
  /** How the risk of a request changes what is demanded. @default not at all */
  readonly adaptive?: AdaptiveOptions
  /** Resets by administrators. */
  readonly reset?: ResetOptions
  /**
   * Completes a login that began with `beginLogin()`, for a carrier that does not do so by itself: writes the app's own session. What it
   * returns is told to the client.
   * @param seen what handlers see: Express's `req`, Koa's `ctx`
   * @default the carrier's way
   */
  readonly completeLogin?: (result: StepUpResult, seen: object) => unknown
  /** How often what may be tried. */
  readonly budgets?: BudgetOptions
  /** How long a challenge waits for its answer. @default '5m' */
  readonly challengeLifetime?: Duration
  /** How recent the proof must be by which factors are added and taken away. @default '5m' */
  readonly changeMaxAge?: Duration
  /** With how many recovery codes left an event says so. @default 3 */
  readonly fewCodes?: number
  /** @default the environment of the process */
  readonly env?: Environment
}

const factorsRule = {
  accepts: "a list of at least one factor, such as totp({ issuer: 'Shop' }), each kind once",
  test: (v: unknown) =>
    Array.isArray(v) && v.length > 0 && v.every(isFactor) && new Set(v.map(({ kind }) => kind)).size === v.length,
}

const rules: OptionRules<MfaGateOptions> = {
  factors: factorsRule,
  carrier: {
    accepts: 'a carrier, such as inSession() or inToken({ issue })',
    test: (v) => typeof (v as StepUpCarrier | null)?.keep === 'function',
  },
  levels: { accepts: 'a list of { acr, anyOf }', test: (v) => Array.isArray(v) && v.every(accept.object.test) },
  verifyPassword: accept.function,
  label: accept.function,
  pages: accept.object,
  stepUpError: accept.function,
  enforce: { accepts: 'a list of rules', test: (v) => Array.isArray(v) && v.every(accept.object.test) },
  devices: accept.object,
  adaptive: accept.object,
  reset: accept.object,
  completeLogin: accept.function,
  budgets: accept.object,
  challengeLifetime: durationRule,
  changeMaxAge: durationRule,
  fewCodes: acceptNumber('codes', 0, 50),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

const pathRule = {
  accepts: "a path of the app, such as '/mfa'",
  test: (v: unknown) => typeof v === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(v),
}

const pageRules: OptionRules<PageOptions> = { verify: pathRule, enrol: pathRule }

const resetRules: OptionRules<ResetOptions> = {
  administrators: { accepts: '1 or 2', test: (v) => v === 1 || v === 2 },
  lifetime: durationRule,
}

function isFactor(value: unknown): value is Factor {
  const { kind, verify } = Object(value) as Partial<Factor>
  return (
    typeof kind === 'string' && /^[a-z][a-z0-9-]*$/.test(kind) && !RESERVED.has(kind) && typeof verify === 'function'
  )
}

/** Words that mean something else in a demand. */
const RESERVED = new Set(['password', 'mfa', 'pwd'])

/** @throws SecurityError ERR_OPTION */
export function checkMfaGateOptions(options: MfaGateOptions): void {
  checkOptions<MfaGateOptions>('mfaGate', options, rules)
  if (options.factors === undefined) throw optionError('mfaGate', 'factors', undefined, factorsRule)
  checkOptions<ResetOptions>('mfaGate reset', options.reset ?? {}, resetRules)
  checkOptions<PageOptions>('mfaGate pages', options.pages ?? {}, pageRules)
}
