import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { expressServer } from '../lib/express-app.mjs'
import { jsonwebtokenOptions } from '../lib/peer-options.mjs'

export function prepare(material) {
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
  const options = { jwtFromRequest, secretOrKey: material.pem, ...jsonwebtokenOptions(material) }
  passport.use(new Strategy(options, (claims, done) => done(null, claims)))
  return expressServer([passport.authenticate('jwt', { session: false })])
}
