import { revokedEnvironment, sallyport } from '../lib/sallyport.mjs'
import { expressCheck, expressFloor, tokenContender } from '../lib/token-contender.mjs'

/** Of those with many revocations: making them takes longer than all that is measured, so all verifiers share it. */
let shared

/** `revoked`: how many other tokens of the issuer are revoked. */
export const prepare = tokenContender({
  floor: expressFloor,
  async create({ revoked = 0, ...material }) {
    if (revoked > 0) shared ??= await revokedEnvironment(material.issuer, revoked)
    const { auth, env } = sallyport(material, shared)
    const check = expressCheck(auth, (req, res, next) => {
      next(auth.principalOf(req).scopes?.includes(material.scope) ? undefined : new Error('too little scope'))
    })
    return Object.assign(check, { close: () => (env === shared ? undefined : env.close()) })
  },
})
