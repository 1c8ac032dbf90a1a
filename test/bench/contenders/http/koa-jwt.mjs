import jwt from 'koa-jwt'
import { koaServer } from '../lib/koa-app.mjs'
import { jsonwebtokenOptions, keyOf } from '../lib/peer-options.mjs'

export function prepare(material) {
  return koaServer(jwt({ secret: keyOf(material), ...jsonwebtokenOptions(material) }))
}
