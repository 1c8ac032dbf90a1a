import {
  accept,
  checkOptions,
  optionError,
  originOf,
  type Cancel,
  type OptionRules,
  type Revocation,
} from '@sallyport/core'
import { issueAccessToken, type AccessToken } from './access-token.ts'
import { checkServiceRevoke } from './calls.ts'
import { issuerError } from './errors.ts'
import { audienceRule, settleGrant, type SettledGrant } from './grant.ts'
import { accountOf, principalOfGrant } from './principal.ts'
import { drawSid } from './refresh/begin.ts'
import type { IssuerSettings } from './settings.ts'

/** A service that needs a token of its own. */
export interface ServiceTokenOptions {
  /** Its name: the token's subject and client. */
  readonly service: string
  /** All that it may do. */
  readonly scopes: readonly string[]
  /** @default the issuer's `audience` */
  readonly audience?: string | readonly string[]
  readonly roles?: readonly string[]
}

/** The token of a service, renewed by itself. */
export interface ServiceToken {
  /**
   * The token to use now. Renews it first where that is due and has not happened, as after a sleep, or where it was revoked with all that
   * the service had.
   * @throws SecurityError ERR_ISSUER_GRANT (400) once it was ended, ERR_ISSUER_KEYS, ERR_STORE_UNAVAILABLE (503) where none is valid
   */
  current(): Promise<string>
  /** Calls back with each new token, to hand it to where it is needed. The one before stays valid for the overlap. */
  onRenewed(listener: (token: string) => void | Promise<void>): Cancel
  /** Ends all tokens that were given out here, on every node, and renews none. */
  revoke(options: { readonly reason: string }): Promise<void>
}

/** Wait before a renewal is tried again that failed, in milliseconds; doubled up to the longest. */
const FIRST_RETRY = 10_000
const LONGEST_RETRY = 3_600_000

type Listener = (token: string) => void | Promise<void>

/** A token that is renewed on a timer while the old one is still good, and when it is asked for. */
export class RenewedToken implements ServiceToken {
  readonly #settings: IssuerSettings
  readonly #grant: SettledGrant
  readonly #sid = drawSid()
  readonly #listeners = new Set<Listener>()
  #token: AccessToken | undefined
  #renewing: Promise<AccessToken> | undefined
  #failures = 0
  #timer: Cancel | undefined
  #ended = false

  /** @throws SecurityError ERR_OPTION */
  constructor(settings: IssuerSettings, options: ServiceTokenOptions) {
    checkOptions<ServiceTokenOptions>('issuer.serviceToken', options, rules)
    const { service, scopes } = options
    if (service === undefined) throw optionError('issuer.serviceToken', 'service', service, rules.service)
    // Without scopes it could do everything that the service may: that must be said, not left out.
    if (scopes === undefined) throw optionError('issuer.serviceToken', 'scopes', scopes, rules.scopes)
    const { audience = settings.audience, roles } = options
    const grant = { subject: service, client: service, audience, scopes, ...(roles && { roles }) }
    this.#grant = settleGrant(grant, { client: service, audience }, settings.tenantClaim)
    this.#settings = settings
    settings.environment.onClose(() => this.#timer?.())
  }

  async current(): Promise<string> {
    const hit = this.#token && this.#revocation(this.#token)
    if (this.#ended || hit?.kind === 'session') throw issuerError('ERR_ISSUER_GRANT')
    const token = this.#token
    if (
      token !== undefined &&
      hit === undefined &&
      this.#now() < token.issuedAt + this.#settings.serviceTokens.period
    ) {
      return token.text
    }
    try {
      return (await this.#renew()).text
    } catch (thrown) {
      // That is what the overlap is for.
      if (token !== undefined && hit === undefined && this.#now() < token.expiresAt) return token.text
      throw thrown
    }
  }

  onRenewed(listener: Listener): Cancel {
    const call: Listener = (token) => listener(token)
    this.#listeners.add(call)
    return () => void this.#listeners.delete(call)
  }

  async revoke(options: { readonly reason: string }): Promise<void> {
    checkServiceRevoke(options)
    const { reason } = options
    this.#ended = true
    this.#timer?.()
    await this.#renewing?.catch(() => undefined)
    const { environment, issuer } = this.#settings
    const expiresAt = this.#token?.expiresAt
    // The last one ends last.
    if (expiresAt !== undefined) {
      await environment.revocations.revoke({ kind: 'session', issuer, id: this.#sid, expiresAt, reason })
    }
    const account = accountOf(issuer, this.#grant, this.#sid)
    await environment.publish('token.revoked', { kind: 'service', account, reason })
  }

  #renew(): Promise<AccessToken> {
    return (this.#renewing ??= this.#issue().finally(() => {
      this.#renewing = undefined
    }))
  }

  async #issue(): Promise<AccessToken> {
    const { serviceTokens } = this.#settings
    this.#timer?.()
    try {
      const expiresAt = this.#now() + serviceTokens.period + serviceTokens.overlap
      const token = await issueAccessToken(this.#settings, {
        kind: 'service',
        grant: this.#grant,
        sid: this.#sid,
        expiresAt,
      })
      this.#token = token
      this.#failures = 0
      this.#plan(serviceTokens.period * 1000)
      for (const listener of this.#listeners) void this.#tell(listener, token.text)
      return token
    } catch (thrown) {
      this.#plan(Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.#failures++))
      throw thrown
    }
  }

  #plan(delay: number): void {
    const { clock, closed } = this.#settings.environment
    if (this.#ended || closed) return
    this.#timer = clock.after(delay, () => void this.#renew().catch(() => undefined))
  }

  async #tell(listener: Listener, token: string): Promise<void> {
    try {
      await listener(token)
    } catch (thrown) {
      const { name, at } = originOf(thrown)
      process.emitWarning(`A listener to renewed tokens threw ${name} ${at ?? ''}`, 'SallyportWarning')
    }
  }

  #revocation({ id, issuedAt }: AccessToken): Revocation | undefined {
    const { issuer, environment } = this.#settings
    const principal = principalOfGrant(issuer, this.#grant, this.#sid, issuedAt)
    return environment.revocations.find({ ...principal, credential: { ...principal.credential, id } })
  }

  #now(): number {
    return Math.floor(this.#settings.environment.clock.now() / 1000)
  }
}

const rules: OptionRules<ServiceTokenOptions> = {
  service: accept.string,
  scopes: {
    accepts: 'a list of at least one scope',
    test: (v) => accept.strings.test(v) && (v as readonly string[]).length > 0,
  },
  audience: audienceRule,
  roles: accept.strings,
}
