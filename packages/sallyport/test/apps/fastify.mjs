import { gate, sallyportFastify } from '@sallyport/fastify'
import Fastify from 'fastify'
import { access, login, open } from './gates.mjs'

const handler = async () => 'reached'
export const app = Fastify()
await app.register(sallyportFastify, { gates: [login] })
app.get('/orders/:id', { preHandler: gate(access.require('orders:read')) }, handler)
app.post('/orders', handler)
app.get('/health', { onRequest: [gate(open('asked by the load balancer'))] }, handler)
await app.register(
  async (admin) => {
    admin.addHook('preHandler', gate(access.require('orders:admin')))
    admin.get('/users/:user', handler)
    admin.register(async (inner) => {
      inner.get('/inner', handler)
    })
  },
  { prefix: '/admin' },
)
app.all('/any', handler)
