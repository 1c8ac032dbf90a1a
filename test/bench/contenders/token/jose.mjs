import { jwtVerify } from 'jose'
import { hasScope, keyOf } from '../lib/peer-options.mjs'
import { tokenContender } from '../lib/token-contender.mjs'

// The library alone: no request, no header, a KeyObject made once.
export const prepare = tokenContender({
  create(material) {
    const key = keyOf(material)
    const { algorithm, issuer, audience, scope } = material
    const options = { algorithms: [algorithm], issuer, audience, requiredClaims: ['exp'] }
    return async (token) => {
      const { payload } = await jwtVerify(token, key, options)
      if (!hasScope(payload, scope)) throw new Error('too little scope')
    }
  },
  floor(token) {
    if (token.length === 0) throw new Error('no token')
  },
})
