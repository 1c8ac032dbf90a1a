import { createPublicKey, createSecretKey } from 'node:crypto'

/** The key made once: the fastest form that every peer takes, so that none pays for parsing it on each request. */
export function keyOf({ pem, secret }) {
  return secret === undefined ? createPublicKey(pem) : createSecretKey(Buffer.from(secret))
}

/** Claims checks as jsonwebtoken's wrappers take them. `exp` and `nbf` are checked by default. */
export function jsonwebtokenOptions({ algorithm, issuer, audience }) {
  return { algorithms: [algorithm], issuer, audience }
}

export function hasScope(claims, scope) {
  return typeof claims?.scope === 'string' && claims.scope.split(' ').includes(scope)
}

export const noEdDSA = { EdDSA: 'jsonwebtoken has no EdDSA' }
