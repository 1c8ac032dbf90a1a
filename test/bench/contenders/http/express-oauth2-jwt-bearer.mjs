import { auth } from 'express-oauth2-jwt-bearer'
import { expressServer } from '../lib/express-app.mjs'

export function prepare({ algorithm, issuer, audience, pem }) {
  return expressServer([auth({ issuer, audience, publicKey: pem, tokenSigningAlg: algorithm })])
}
