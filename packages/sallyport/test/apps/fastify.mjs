import { GATE, describeGate } from '@sallyport/core'
import Fastify from 'fastify'
import { access, login, open } from './gates.mjs'

/** A hook that carries the mark of a gate, as a door to Fastify makes them. */
const hook = (gate) => Object.defineProperty(async () => undefined, GATE, { value: describeGate(gate) })

const handler = async () => 'reached'
export const app = Fastify()
app.addHook('onRequest', hook(login))
app.get('/orders/:id', { preHandler: hook(access.require('orders:read')) }, handler)
app.post('/orders', handler)
app.get('/health', { onRequest: [hook(open('asked by the load balancer'))] }, handler)
await app.register(
  async (admin) => {
    admin.addHook('preHandler', hook(access.require('orders:admin')))
    admin.get('/users/:user', handler)
    admin.register(async (inner) => {
      inner.get('/inner', handler)
    })
  },
  { prefix: '/admin' },
)
app.all('/any', handler)
