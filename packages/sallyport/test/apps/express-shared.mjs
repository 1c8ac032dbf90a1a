import { access, login, open } from './gates.mjs'

/** One app for Express 4 and 5: what real apps have, and what hides. */
export function build(express) {
  const app = express()
  const handler = (_req, res) => res.end()
  // Its name is a lie: gates are known by their mark.
  const rbac = (_req, _res, next) => next()
  app.use(login)
  app.get('/orders/:id', access.require('orders:read'), handler)
  app.route('/orders').get(access.require('orders:read'), handler).post(handler)
  app.get('/named', rbac, handler)
  app.get('/health', open('asked by the load balancer'), handler)
  app.get('/me', access.authenticated('everybody has a profile'), handler)
  app.get('/behind', handler, access.require('orders:read'), (err, _req, _res, next) => next(err))
  app.get(/^\/legacy/, access.require('orders:read'), handler)
  app.all(
    '/api/*splat'.replace('*splat', express.application.lazyrouter ? '*' : '*splat'),
    access.require('orders:read'),
  )
  app.get('/api/things', handler)
  app.get('/apix', handler)

  const admin = express.Router()
  admin.use(access.require('orders:admin'))
  admin.get('/users/:user', handler)
  app.use('/admin', admin)
  app.get('/admin/late', handler)

  const strict = express.Router({ caseSensitive: true })
  strict.use('/exact', access.require('orders:read'))
  app.use(strict)
  const half = express.Router({ caseSensitive: true })
  half.use('/shop', access.require('orders:read'))
  half.get('/shop/a', handler)
  app.use(half)

  const tenant = express.Router({ mergeParams: true })
  tenant.get('/items', handler)
  tenant.post('/items', access.requireAny('orders:create', 'orders:import'), handler)
  app.use('/t/:tenant', access.require('orders:read'), tenant)
  app.use('/special', access.require('orders:read'))
  app.get('/:page', handler)

  const sub = express()
  sub.get('/inside', handler)
  app.use('/sub', sub)
  app.use('/files', express.static('.'))
  app.use('/docs', open('no secret'), express.static('.'))
  app.use((err, _req, _res, next) => next(err))
  return app
}
