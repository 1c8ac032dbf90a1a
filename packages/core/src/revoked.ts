import type { Environment } from './environment.ts'
import { coreError } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Revocation } from './revocations.ts'

/**
 * What a gate does when security state cannot be read: refuse with 503 (`closed`), decide by what this node knew last
 * (`last-known-good`), or let pass whoever it does not know to be refused, also when it knows nothing at all (`open`).
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
      // Nothing was ever read, so there is no last known good to go by.
      return reloaded(environment, principal).catch((thrown: unknown) => {
        if (policy === 'open') return revocations.find(principal)
        throw thrown
      })
    case 'stale':
      // A process that was asleep has an old list and a store in good health: it is asked before anybody is refused.
      return policy === 'closed' ? reloaded(environment, principal) : revocations.find(principal)
  }
}

async function reloaded({ revocations }: Environment, principal: Principal): Promise<Revocation | undefined> {
  await revocations.ready()
  if (revocations.state !== 'current') throw coreError('ERR_STORE_UNAVAILABLE')
  return revocations.find(principal)
}
