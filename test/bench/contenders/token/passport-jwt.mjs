import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { hasScope, jsonwebtokenOptions, noEdDSA } from '../lib/peer-options.mjs'
import { expressCheck, expressFloor, tokenContender } from '../lib/token-contender.mjs'

export const prepare = tokenContender({
  missing: noEdDSA,
  floor: expressFloor,
  create(material) {
    const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
    // It documents a secret or a PEM, and hands jsonwebtoken what it got.
    const options = { jwtFromRequest, secretOrKey: material.pem ?? material.secret, ...jsonwebtokenOptions(material) }
    const instance = new passport.Passport()
    instance.use(new Strategy(options, (claims, done) => done(null, hasScope(claims, material.scope) && claims)))
    return expressCheck(instance.authenticate('jwt', { session: false }))
  },
})
