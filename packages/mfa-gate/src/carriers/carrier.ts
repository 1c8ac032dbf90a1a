import type { AccountId, Environment, Exchange, Principal } from '@sallyport/core'
import type { Proof } from '../proof.ts'

/** What a login has come to by a step-up. */
export interface StepUpResult {
  readonly account: AccountId
  /** The login as it came, before the step-up. */
  readonly login: Principal
  readonly proof: Proof
  /** The principal from now on: with more `amr`, another `acr`, a later `authTime`. */
  readonly principal: Principal
  /** What the app gave to `beginLogin()`, where the login began there. */
  readonly data?: unknown
}

/** Where what was proved is kept between requests: in the app's session, in the token. */
export interface StepUpCarrier {
  /** What a request's login has proved. Synchronous: it is read on every request. */
  read(exchange: Exchange, login: Principal): Proof | undefined
  /**
   * Keeps what was proved and gives the login a new identifier (ASVS 7.2.4). Resolves when the next request finds it.
   * @returns what the client is told, such as a new token
   */
  keep(exchange: Exchange, result: StepUpResult): Promise<Readonly<Record<string, unknown>>>
  /** Called once, at construction. */
  prepare?(environment: Environment): void
}
