import { expressjwt } from 'express-jwt'
import { hasScope, jsonwebtokenOptions, keyOf, noEdDSA } from '../lib/peer-options.mjs'
import { expressCheck, expressFloor, tokenContender } from '../lib/token-contender.mjs'

export const prepare = tokenContender({
  missing: noEdDSA,
  floor: expressFloor,
  create(material) {
    const guard = expressjwt({ secret: keyOf(material), ...jsonwebtokenOptions(material) })
    return expressCheck(guard, (req, res, next) => {
      next(hasScope(req.auth, material.scope) ? undefined : new Error('too little scope'))
    })
  },
})
