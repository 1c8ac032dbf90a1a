import { createEnvironment } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'

/** Ours as its README says, in an environment of its own: nothing that one verifier remembers reaches another. */
export function sallyport({ algorithm, issuer, audience, jwk, secret }) {
  const env = createEnvironment()
  const keys = secret === undefined ? { jwks: { keys: [jwk] } } : { secret }
  return { env, auth: jwtAuth({ issuer, audience, algorithms: [algorithm], ...keys, env }) }
}
