import { gate } from '@sallyport/hono'
import { Hono } from 'hono'
import { access, login, open } from './gates.mjs'

const handler = (c) => c.text('reached')
const app = new Hono()
app.use(gate(login))
app.get('/orders/:id{[0-9]+}', gate(access.require('orders:read')), handler)
app.post('/orders', handler)
app.get('/health', gate(open('asked by the load balancer')), handler)
app.use('/admin/*', gate(access.require('orders:admin')))
app.get('/admin/users/:user', handler)
app.get('/adminx', handler)
app.get('/strange/:id{(a|b)c}', gate(access.require('orders:read')), handler)
const sub = new Hono()
sub.get('/inside', gate(access.require('orders:read')), handler)
sub.onError((_err, c) => c.text('failed', 500))
app.route('/sub', sub)
app.get('/:page', handler)
app.mount('/mounted', () => new Response('reached'))
app.use('/files/*', async (_c, next) => next())

export { app }
