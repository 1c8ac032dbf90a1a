import type { Exchange, Principal } from '@sallyport/core'
import type { StepUpCarrier } from './carriers/carrier.ts'
import type { Standing } from './demand.ts'
import type { Levels } from './levels.ts'
import { Elevations } from './elevations.ts'
import { elevated, type Proof } from './proof.ts'

/** The login of one request: as it came, what it has proved since, and what that makes of it. */
export interface LoginState extends Standing {
  /** As it came. */
  readonly principal: Principal
  readonly proof: Proof | undefined
  /** With the proof: what the exchange says from now on. */
  readonly elevated: Principal
}

interface Slots {
  [slot: symbol]: LoginState | undefined
}

/** Finds the login of a request, once for each, and lets everybody after it see what it has proved. */
export class LoginReader {
  readonly #carrier: StepUpCarrier
  readonly #levels: Levels
  readonly #elevations = new Elevations()
  /** A property, because a WeakMap with an entry for each request keeps the garbage collector busy. */
  readonly #slot = Symbol('mfaGate')

  constructor(carrier: StepUpCarrier, levels: Levels) {
    this.#carrier = carrier
    this.#levels = levels
  }

  /** Nothing where nobody is logged in. Synchronous. */
  read(exchange: Exchange): LoginState | undefined {
    const present = exchange.principal
    if (present === undefined) return undefined
    const slots = exchange as unknown as Slots
    const known = slots[this.#slot]
    // Another gate may have put another credential of the account in its place.
    if (known?.elevated === present) return known
    const proof = this.#carrier.read(exchange, present)
    const state = this.#stateOf(exchange, present, proof)
    if (state.elevated !== present) exchange.elevate(state.elevated)
    slots[this.#slot] = state
    return state
  }

  /** What a proof that was just made makes of a login; the exchange says so from now on. */
  become(exchange: Exchange, login: Principal, proof: Proof): LoginState {
    const state = this.#stateOf(exchange, login, proof)
    exchange.elevate(state.elevated)
    const slots = exchange as unknown as Slots
    slots[this.#slot] = state
    return state
  }

  /** The same for a login that is not on the exchange yet. */
  preview(login: Principal, proof: Proof, now: number): Principal {
    const known = this.#elevations.find(login, proof)
    if (known !== undefined) return known
    const made = elevated(login, proof, this.#levels.of({ principal: login, proof, now }) ?? login.acr)
    this.#elevations.add({ login, proof, elevated: made })
    return made
  }

  #stateOf({ environment }: Exchange, principal: Principal, proof: Proof | undefined): LoginState {
    const now = environment.clock.now()
    return { principal, proof, now, elevated: proof === undefined ? principal : this.preview(principal, proof, now) }
  }
}
