import { environmentOf, type AccountId, type Environment, type Exchange, type SecurityError } from '@sallyport/core'
import { Adaptive } from './adaptive.ts'
import { Authenticators } from './authenticators.ts'
import { Budgets } from './budgets/budgets.ts'
import type { StepUpCarrier } from './carriers/carrier.ts'
import { inSession } from './carriers/session.ts'
import { Challenges } from './challenges.ts'
import { Demand } from './demand.ts'
import { Devices } from './devices.ts'
import { secondsOf } from './duration.ts'
import { mfaError } from './errors.ts'
import type { ActionToApprove, Factor, FactorContext } from './factor.ts'
import type { Fields } from './fields.ts'
import { Levels } from './levels.ts'
import { LoginReader } from './login-state.ts'
import { LoginTickets } from './login-tickets.ts'
import { checkMfaGateOptions, type MfaGateOptions, type PageOptions } from './options.ts'
import { PassMemory } from './pass-memory.ts'
import { demandPassword } from './password.ts'
import { Resets } from './resets.ts'
import { Rollout } from './rollout.ts'
import { Vault } from './vault.ts'

/** The options of one `mfaGate()`, checked and complete, with what works on them. Times are in seconds. */
export interface Settings {
  readonly environment: Environment
  readonly levels: Levels
  readonly carrier: StepUpCarrier
  readonly logins: LoginReader
  readonly vault: Vault
  readonly authenticators: Authenticators
  readonly challenges: Challenges
  readonly budgets: Budgets
  readonly pages: PageOptions
  readonly adaptive: Adaptive | undefined
  readonly devices: Devices
  readonly rollout: Rollout
  readonly resets: Resets
  readonly tickets: LoginTickets
  readonly memory: PassMemory
  readonly completeLogin: MfaGateOptions['completeLogin']
  /** Demands any second factor. */
  readonly anySecond: Demand
  /** How many recovery codes are few. */
  readonly fewCodes: number
  /** How long a challenge waits for its answer. */
  readonly challengeLifetime: number
  /** How recent the proof must be by which factors are changed. */
  readonly changeMaxAge: number
  readonly hasPassword: boolean
  readonly stepUpError: MfaGateOptions['stepUpError']
  readonly factors: ReadonlyMap<string, Factor>
  /** Methods that can be demanded and verified here. */
  readonly methods: readonly string[]
  /** @throws SecurityError ERR_MFA_FACTOR (400) */
  factorOf(kind: string): Factor
  contextOf(account: AccountId, action?: ActionToApprove): FactorContext
  demandPassword(exchange: Exchange, account: AccountId, fields: Fields): Promise<void>
}

/**
 * Checks the options of `mfaGate()`.
 * @throws SecurityError ERR_OPTION
 */
export function settle(options: MfaGateOptions): Settings {
  checkMfaGateOptions(options)
  const environment = environmentOf(options)
  const { carrier = inSession(), pages = {}, verifyPassword, stepUpError, fewCodes = 3 } = options
  const { label = ({ subject }: AccountId) => subject } = options
  const vault = new Vault(environment)
  const levels = new Levels(options.levels)
  const budgets = new Budgets(environment, options.budgets)
  const factors = new Map(options.factors.map((factor) => [factor.kind, factor]))
  carrier.prepare?.(environment)
  const authenticators = new Authenticators(environment, vault)
  const devices = new Devices(environment, options.devices)
  const challengeLifetime = secondsOf('mfaGate', 'challengeLifetime', options.challengeLifetime ?? '5m')
  const { administrators = 1, lifetime = '24h' } = options.reset ?? {}
  return {
    adaptive: options.adaptive && new Adaptive(environment, options.adaptive),
    devices,
    rollout: new Rollout(environment, options.enforce),
    resets: new Resets(
      environment,
      { authenticators, devices },
      { administrators, lifetime: secondsOf('mfaGate reset', 'lifetime', lifetime) },
    ),
    tickets: new LoginTickets(environment, vault, challengeLifetime),
    memory: new PassMemory(environment.clock),
    completeLogin: options.completeLogin,
    anySecond: new Demand('mfaGate', {}, levels, []),
    environment,
    levels,
    carrier,
    logins: new LoginReader(carrier, levels),
    vault,
    authenticators,
    challenges: new Challenges(environment, vault),
    budgets,
    pages,
    fewCodes,
    challengeLifetime,
    changeMaxAge: secondsOf('mfaGate', 'changeMaxAge', options.changeMaxAge ?? '5m'),
    hasPassword: verifyPassword !== undefined,
    stepUpError: stepUpError as ((exchange: Exchange, demand: object) => SecurityError) | undefined,
    factors,
    methods: [...factors.keys(), ...(verifyPassword ? ['password'] : [])],
    factorOf(kind) {
      const factor = factors.get(kind)
      if (factor === undefined) throw mfaError('ERR_MFA_FACTOR')
      return factor
    },
    contextOf: (account, action) => ({
      account,
      label: label(account),
      environment,
      now: environment.clock.now(),
      ...(action && { action }),
    }),
    demandPassword: (exchange, account, fields) =>
      demandPassword(verifyPassword, budgets, { exchange, account, fields }),
  }
}
