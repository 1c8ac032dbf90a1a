import type { Principal } from '@sallyport/core'
import type { Policy } from './policy.ts'

/** What one principal may do, prepared for many questions. */
export interface Ability<Name extends string = string> {
  /** Whether the principal had the permission when this was compiled. */
  can(permission: Name): boolean
}

const GRANTED = 1
const DENIED = 2

/** Decides each permission of the policy's list once and answers from memory then: one byte for each. */
export class CompiledAbility implements Ability {
  readonly #policy: Policy
  readonly #principal: Pick<Principal, 'roles' | 'scopes'>
  #verdicts: Uint8Array

  constructor(policy: Policy, { roles, scopes }: Pick<Principal, 'roles' | 'scopes'>) {
    this.#policy = policy
    this.#principal = {
      // Copies: whoever changes the lists later changes no answer, remembered or not.
      roles: listOf(roles).filter((role) => policy.graph.has(role)),
      ...(scopes !== undefined && { scopes: [...listOf(scopes)] }),
    }
    this.#verdicts = new Uint8Array(policy.size)
  }

  can(permission: string): boolean {
    const target = this.#policy.target(permission)
    if (target === undefined) return false
    const { index } = target
    const verdict = this.#verdicts[index]
    if (verdict !== undefined && verdict !== 0) return verdict === GRANTED
    const granted = this.#policy.allows(this.#principal, target)
    if (index !== -1) this.#remember(index, granted)
    return granted
  }

  #remember(index: number, granted: boolean): void {
    if (index >= this.#verdicts.length) {
      const longer = new Uint8Array(this.#policy.size)
      longer.set(this.#verdicts)
      this.#verdicts = longer
    }
    this.#verdicts[index] = granted ? GRANTED : DENIED
  }
}

/** What is no list, whatever its type says, is taken for an empty one. */
function listOf(value: readonly string[]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : []
}
