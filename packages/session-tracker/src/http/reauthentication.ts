import type { Environment, Exchange } from '@sallyport/core'
import { sessionError } from '../errors.ts'

/** Demands that who asks has proved only now who they are (ASVS 7.5.2): a session that was left open must not end those of its owner. */
export class Reauthentication {
  readonly #environment: Environment
  readonly #within: number
  readonly #authTimeOf: (exchange: Exchange) => number | undefined

  /** @param within seconds @param authTimeOf when the session's login was, in seconds */
  constructor(environment: Environment, within: number, authTimeOf: (exchange: Exchange) => number | undefined) {
    this.#environment = environment
    this.#within = within
    this.#authTimeOf = authTimeOf
  }

  /** @throws SecurityError ERR_SESSION_REAUTHENTICATE (401), or the challenge of mfa-gate where there is one */
  async demand(exchange: Exchange): Promise<void> {
    const { ports, clock } = this.#environment
    const authTime = this.#authTimeOf(exchange)
    const age = authTime === undefined ? Infinity : clock.now() / 1000 - authTime
    if (age <= this.#within) return
    if (ports.has('requireStepUp')) {
      if ((await ports.ask('requireStepUp')(exchange, { maxAge: this.#within })) !== 'under-way') return
    }
    // RFC 9470, section 3.
    const scheme = exchange.challenges[0]?.split(' ', 1)[0] ?? 'Session'
    const challenge = `${scheme} error="insufficient_user_authentication", max_age=${this.#within}`
    throw sessionError('ERR_SESSION_REAUTHENTICATE', { headers: { 'www-authenticate': challenge } })
  }
}
