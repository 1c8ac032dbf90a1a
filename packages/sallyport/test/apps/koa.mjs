import Router from '@koa/router'
import Koa from 'koa'
import { access, login, open } from './gates.mjs'

const app = new Koa()
const handler = (ctx) => void (ctx.status = 204)
const router = new Router()
app.use(login)
app.use((_ctx, next) => next())
router.get('/orders/:id', access.require('orders:read'), handler)
router.post('/orders', handler)
router.all('/any', access.require('orders:read'), handler)
router.get('/health', open('asked by the load balancer'), handler)
router.get('/behind', handler, access.require('orders:read'))
router.get(/^\/legacy/, access.require('orders:read'), handler)
const admin = new Router({ prefix: '/admin' })
admin.use(access.require('orders:admin'))
admin.get('/users/:user', handler)
router.use(admin.routes())
router.use('/shop', access.require('orders:read'))
router.get('/shop/:item', handler)
router.get('/:page', handler)
app.use(router.routes())
app.use(router.allowedMethods())

export { app }
