import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { requestWith, responseTo } from '../lib/messages.mjs'
import { hasScope } from '../lib/peer-options.mjs'
import { tokenContender } from '../lib/token-contender.mjs'

/** How the app's own requests are made of a raw one: taken from one that it made itself. */
async function requestMaker(app) {
  let seen
  app.get('/orders', (request, reply) => {
    seen = request
    reply.send('ok')
  })
  await app.inject('/orders')
  const Request = seen.constructor
  const route = Object.getOwnPropertySymbols(seen).find((symbol) => seen[symbol]?.server === app)
  return (token) => {
    const req = requestWith(token)
    responseTo(req)
    return new Request('1', {}, req, {}, seen.log, seen[route])
  }
}

const plain = await requestMaker(Fastify())

/** `cache`: @fastify/jwt's own, on (1,000 tokens, its default) or off. */
export const prepare = tokenContender({
  floor(token) {
    if (plain(token).headers.authorization === undefined) throw new Error('no header')
  },
  async create({ algorithm, issuer, audience, scope, pem, secret, cache }) {
    const verify = { algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp'], cache }
    const app = Fastify()
    await app.register(fastifyJwt, { secret: secret ?? { public: pem }, verify })
    const make = await requestMaker(app)
    return async (token) => {
      const claims = await make(token).jwtVerify()
      if (!hasScope(claims, scope)) throw new Error('too little scope')
    }
  },
})
