import type { Principal } from '@sallyport/core'
import { GRANTED, type Policy } from './policy.ts'

/** What one principal may do, prepared for many questions. */
export interface Ability<Name extends string = string> {
  /**
   * Whether the principal had the permission when this was compiled, on the object where one is given. Without one it is `true` only for
   * what is granted on every object. A policy that came since counts at once.
   */
  can(permission: Name, object?: object): boolean
}

const YES = 1
const NO = 2

/** Decides each permission of the policy's list once and answers from memory then: one byte for each. */
export class CompiledAbility implements Ability {
  readonly #inForce: { readonly policy: Policy }
  readonly #principal: Principal
  readonly #held: readonly string[]
  #policy: Policy
  #roles: readonly string[]
  #verdicts: Uint8Array

  /** @param roles those of the principal, and its service's */
  constructor(inForce: { readonly policy: Policy }, principal: Principal, roles: readonly string[]) {
    this.#inForce = inForce
    // Copies: whoever changes the lists later changes no answer, remembered or not.
    this.#held = [...listOf(roles)]
    const { scopes } = principal
    this.#principal = { ...principal, ...(scopes !== undefined && { scopes: [...listOf(scopes)] }) }
    this.#policy = inForce.policy
    this.#roles = rolesIn(this.#policy, this.#held)
    this.#verdicts = new Uint8Array(this.#policy.size)
  }

  can(permission: string, object?: object): boolean {
    const { policy } = this.#inForce
    if (policy !== this.#policy) this.#renew(policy)
    const target = policy.target(permission)
    if (target === undefined) return false
    if (object !== undefined) return policy.decide(this.#principal, this.#roles, target, object) === GRANTED
    const { index } = target
    const verdict = this.#verdicts[index]
    if (verdict !== undefined && verdict !== 0) return verdict === YES
    const granted = policy.decide(this.#principal, this.#roles, target) === GRANTED
    if (index !== -1) this.#remember(index, granted)
    return granted
  }

  /** Nothing that one policy said is remembered under another. */
  #renew(policy: Policy): void {
    this.#policy = policy
    this.#roles = rolesIn(policy, this.#held)
    this.#verdicts = new Uint8Array(policy.size)
  }

  #remember(index: number, granted: boolean): void {
    if (index >= this.#verdicts.length) {
      const longer = new Uint8Array(this.#policy.size)
      longer.set(this.#verdicts)
      this.#verdicts = longer
    }
    this.#verdicts[index] = granted ? YES : NO
  }
}

function rolesIn({ graph }: Policy, roles: readonly string[]): readonly string[] {
  return roles.filter((role) => graph.has(role))
}

/** What is no list, whatever its type says, is taken for an empty one. */
function listOf(value: readonly string[]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : []
}
