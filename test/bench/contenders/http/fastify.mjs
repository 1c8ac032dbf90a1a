import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { orders } from '../lib/orders.mjs'

/** `cache`: undefined for the bare app, else @fastify/jwt's own cache, on or off. */
export async function prepare({ cache, algorithm, issuer, audience, pem }) {
  const app = Fastify()
  if (cache !== undefined) {
    const verify = { algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp'], cache }
    await app.register(fastifyJwt, { secret: { public: pem }, verify })
    app.addHook('onRequest', (request) => request.jwtVerify())
  }
  app.get('/orders', async () => orders)
  await app.ready()
  return app.server
}
