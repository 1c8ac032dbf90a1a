import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'
import { expressCheck, expressFloor, tokenContender } from '../lib/token-contender.mjs'

export const prepare = tokenContender({
  floor: expressFloor,
  create({ algorithm, issuer, audience, scope, pem, secret }) {
    const key = secret === undefined ? { publicKey: pem } : { secret }
    return expressCheck(auth({ issuer, audience, tokenSigningAlg: algorithm, ...key }), requiredScopes(scope))
  },
})
