import { createEnvironment, createMemoryStore } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'

/** Ours as its README says, in an environment of its own: nothing that one verifier remembers reaches another. */
export function sallyport({ algorithm, issuer, audience, jwk, secret }, env = createEnvironment()) {
  const keys = secret === undefined ? { jwks: { keys: [jwk] } } : { secret }
  return { env, auth: jwtAuth({ issuer, audience, algorithms: [algorithm], ...keys, env }) }
}

const BATCH = 1000

/** An environment in which so many tokens of an issuer are revoked, none of them one that is measured. */
export async function revokedEnvironment(issuer, count) {
  const env = createEnvironment({ store: createMemoryStore({ maxEntries: 10_000_000, maxBytes: 4_000_000_000 }) })
  const expiresAt = Math.floor(Date.now() / 1000) + 86_400
  for (let i = 0; i < count; i += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - i) }, (_, n) => `revoked-${i + n}`)
    await Promise.all(
      ids.map((id) => env.revocations.revoke({ kind: 'token', issuer, id, expiresAt, reason: 'logout' })),
    )
  }
  return env
}
