import type { Cancel, Environment } from '@sallyport/core'

/** A policy as a source has it. */
export interface PolicyReading {
  /** A mark of this state of the source: what has the same mark is not read again. */
  readonly mark: string
  /**
   * Gives the policy, not yet checked.
   * @throws SecurityError ERR_OPTION (500) for a text that is no policy
   */
  document(): unknown
}

/** Where a policy is read from. */
export interface PolicySource {
  /** For messages: a kind and a name, nothing secret. */
  readonly name: string
  /** Reads the policy at once, document included, where the source can: it is in force when `rbac()` returns. */
  readNow?(): PolicyReading
  /**
   * Reads the policy; its document may come as a promise.
   * @throws SecurityError ERR_RBAC_POLICY_UNAVAILABLE or ERR_STORE_UNAVAILABLE (503)
   */
  read(environment: Environment): Promise<PolicyReading>
  /** Calls `changed` when there may be a new policy. It may call too often. */
  watch?(environment: Environment, changed: () => void): Cancel
}
