import type { AccountId, Middleware, Principal } from '@sallyport/core'
import { accountOf } from './account.ts'
import { Approvals, type ApprovalOptions } from './approvals.ts'
import { Demand, type DemandOptions } from './demand.ts'
import type { TrustedDevice } from './devices.ts'
import { enforceSecondFactor } from './enforce.ts'
import { Enrolments } from './enrolment.ts'
import { Holdings, type ListedAuthenticator } from './holdings.ts'
import type { MfaRoutesOptions } from './http/options.ts'
import { proofPaths } from './http/proof-routes.ts'
import { mfaRoutes } from './http/routes.ts'
import { beginLogin, type BegunLogin } from './login.ts'
import type { FirstFactor } from './login-tickets.ts'
import type { MfaGateOptions } from './options.ts'
import { notEnrolled, type AccountToReport, type NotEnrolled } from './report.ts'
import { checkDemand, requireStepUp } from './require.ts'
import type { ResetOutcome, ResetRequest } from './resets.ts'
import { settle } from './settings.ts'

/** What `mfaGate()` makes. Every promise may reject with ERR_STORE_UNAVAILABLE (503). */
export interface MfaGate {
  /**
   * A gate for a route: demands a second factor in this login, or what is named.
   *
   * ```ts
   * app.post('/transfers', mfa.require({ maxAge: '5m' }), transfer)
   * ```
   * @throws SecurityError ERR_OPTION at construction. On requests: ERR_UNAUTHENTICATED, ERR_MFA_STEP_UP (401)
   */
  require(demand?: DemandOptions): Middleware
  /**
   * A gate for the whole app, after the login: whoever has a second factor must have used it, whoever must have one sets it up. On requests:
   * ERR_MFA_REQUIRED (401), ERR_MFA_ENROLMENT_REQUIRED (403).
   */
  enforce(): Middleware
  /** A gate for a route whose every call is approved by itself. On requests: ERR_UNAUTHENTICATED (401), ERR_MFA_APPROVAL_REQUIRED (403). */
  approval(options: ApprovalOptions): Middleware
  /** Ready routes, as one middleware for every host. @throws SecurityError ERR_OPTION */
  routes(options?: MfaRoutesOptions): Middleware
  /**
   * For apps that give no session and no token before the second factor: says after the first factor, whichever that was, whether a second one is
   * needed, and gives the ticket for the route `login-mfa`.
   */
  beginLogin(first: FirstFactor, seen?: object): Promise<BegunLogin>
  /** What an account has set up. */
  authenticators(account: AccountId): Promise<readonly ListedAuthenticator[]>
  /** Takes an authenticator away. @throws SecurityError ERR_MFA_NOT_FOUND (404) */
  remove(account: AccountId, authenticator: string): Promise<void>
  /**
   * Takes over what an account has in another system, such as the secret of an authenticator app.
   * @returns the id of the authenticator
   * @throws SecurityError ERR_OPTION (500), ERR_MFA_FACTOR (400), ERR_MFA_LIMIT (409)
   */
  import(account: AccountId, kind: string, given: unknown, name?: string): Promise<string>
  /** The browsers that an account trusts. */
  devices(account: AccountId): Promise<readonly TrustedDevice[]>
  /** Trusts none of them any more. */
  revokeDevices(account: AccountId): Promise<void>
  /** Takes everything away from an account that has lost it, and gives the ticket by which its owner begins anew. */
  reset(account: AccountId, request: ResetRequest): Promise<ResetOutcome>
  /** Of the given accounts, those that must have a second factor and have none. */
  notEnrolled(accounts: Iterable<AccountToReport> | AsyncIterable<AccountToReport>): AsyncIterable<NotEnrolled>
  /** Whether a principal satisfies a demand: for decisions of the app's own. */
  holds(principal: Principal, demand?: DemandOptions): boolean
}

/**
 * Second factors on the login that the app already has: a gate, the factors, and routes to set them up and to use them.
 *
 * ```ts
 * const mfa = mfaGate({ env, factors: [totp({ issuer: 'Shop' }), recoveryCodes()] })
 * app.use(mfa.routes({ prefix: '/auth' }))
 * app.use(mfa.enforce())
 * app.post('/transfers', mfa.require({ maxAge: '5m' }), transfer)
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function mfaGate(options: MfaGateOptions): MfaGate {
  const settings = settle(options)
  const { environment, memory, devices, resets, adaptive } = settings
  const approvals = new Approvals(settings)
  const enrolments = new Enrolments(settings)
  const holdings = new Holdings(settings)
  /** Paths of the requests that bring a step-up. */
  const waysUp = new Set<string>()
  environment.ports.offer('requireStepUp', async (exchange, { acr, maxAge }) => {
    const demand = new Demand(
      'requireStepUp',
      { ...(acr !== undefined && { acr }), ...(maxAge !== undefined && { maxAge }) },
      settings.levels,
      [],
    )
    if (exchange.method === 'POST' && waysUp.has(exchange.path)) return 'under-way'
    const answer = await checkDemand({ ...settings, pages: {} }, adaptive, demand, exchange)
    // Without pages nothing is answered: it is thrown.
    if (answer !== undefined) throw new TypeError('A demand was answered')
    return undefined
  })

  return {
    require: (demand = {}) => requireStepUp(settings, adaptive, demand),
    enforce: () => enforceSecondFactor(settings, memory),
    approval: (approval) => approvals.gate(approval),
    routes(routes = {}) {
      const made = mfaRoutes({ settings, approvals, enrolments, holdings }, routes)
      for (const path of proofPaths(routes.prefix)) waysUp.add(path)
      return made
    },
    beginLogin: (first, seen) => beginLogin(settings, first, seen),
    authenticators: (account) => holdings.list(account),
    remove: (account, id) => holdings.remove(account, id),
    import: (account, kind, given, name) => enrolments.import(kind, account, given, name),
    devices: (account) => devices.list(accountOf(account)),
    async revokeDevices(account) {
      await devices.revokeAll(accountOf(account))
      memory.clear()
    },
    async reset(account, request) {
      const outcome = await resets.reset(account, request)
      memory.clear()
      return outcome
    },
    notEnrolled: (accounts) => notEnrolled(settings, accounts),
    holds(principal, demand = {}) {
      const standing = { principal, proof: undefined, now: environment.clock.now() }
      return new Demand('mfa.holds', demand, settings.levels, settings.methods).holds(standing)
    },
  }
}
