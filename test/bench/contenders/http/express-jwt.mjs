import { expressjwt } from 'express-jwt'
import { expressServer } from '../lib/express-app.mjs'
import { jsonwebtokenOptions, keyOf } from '../lib/peer-options.mjs'

export function prepare(material) {
  return expressServer([expressjwt({ secret: keyOf(material), ...jsonwebtokenOptions(material) })])
}
