import Koa from 'koa'
import jwt from 'koa-jwt'
import { requestWith, responseTo } from '../lib/messages.mjs'
import { hasScope, jsonwebtokenOptions, keyOf, noEdDSA } from '../lib/peer-options.mjs'
import { tokenContender } from '../lib/token-contender.mjs'

const app = new Koa()

function contextWith(token) {
  const req = requestWith(token)
  return app.createContext(req, responseTo(req))
}

export const prepare = tokenContender({
  missing: noEdDSA,
  floor(token) {
    if (contextWith(token).get('authorization') === '') throw new Error('no header')
  },
  create(material) {
    const guard = jwt({ secret: keyOf(material), ...jsonwebtokenOptions(material) })
    return (token) => {
      const ctx = contextWith(token)
      return guard(ctx, async () => {
        if (!hasScope(ctx.state.user, material.scope)) throw new Error('too little scope')
      })
    }
  },
})
