import { sallyport } from '../lib/sallyport.mjs'
import { expressCheck, expressFloor, tokenContender } from '../lib/token-contender.mjs'

export const prepare = tokenContender({
  floor: expressFloor,
  create(material) {
    const { auth, env } = sallyport(material)
    const check = expressCheck(auth, (req, res, next) => {
      next(auth.principalOf(req).scopes?.includes(material.scope) ? undefined : new Error('too little scope'))
    })
    return Object.assign(check, { close: () => env.close() })
  },
})
