import type { Environment } from './environment.ts'
import { coreError } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Revocation } from './revocations.ts'

/**
 * What a gate does when security state cannot be read: refuse with 503 (`closed`), let pass as if nothing were known
 * (`open`), or decide by what this node knew last (`last-known-good`).
 */
export type StoreFailurePolicy = 'closed' | 'open' | 'last-known-good'

/**
 * The revocation that hits a principal. Synchronous once the list is loaded.
 * @throws SecurityError ERR_STORE_UNAVAILABLE (503) where the list cannot be relied on and the policy is `closed`, or where
 *   nothing was ever known
 */
export function consultRevocations(
  environment: Environment,
  principal: Principal,
  policy: StoreFailurePolicy,
): Revocation | undefined | Promise<Revocation | undefined> {
  const { revocations } = environment
  switch (revocations.state) {
    case 'current':
      return revocations.find(principal)
    case 'loading':
      return revocations.ready().then(
        () => revocations.find(principal),
        (thrown: unknown) => {
          // Nothing was ever known, so there is no last known good to go by.
          if (policy === 'open') return undefined
          throw thrown
        },
      )
    case 'stale':
      if (policy === 'closed') throw coreError('ERR_STORE_UNAVAILABLE')
      return policy === 'open' ? undefined : revocations.find(principal)
  }
}
