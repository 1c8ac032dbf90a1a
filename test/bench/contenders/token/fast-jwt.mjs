import { createVerifier } from 'fast-jwt'
import { hasScope } from '../lib/peer-options.mjs'
import { tokenContender } from '../lib/token-contender.mjs'

// The library alone, as `jose.mjs`: no request, no header. `cache`: its own, on (1,000 tokens, its default).
export const prepare = tokenContender({
  create({ algorithm, issuer, audience, scope, pem, secret, cache }) {
    const claims = { allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp'] }
    const verify = createVerifier({ key: secret ?? pem, algorithms: [algorithm], ...claims, cache })
    return (token) => {
      if (!hasScope(verify(token), scope)) throw new Error('too little scope')
    }
  },
  floor(token) {
    if (token.length === 0) throw new Error('no token')
  },
})
