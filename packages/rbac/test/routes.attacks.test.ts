import { identify, publicRoute, type Environment } from '@sallyport/core'
import { rbac, type Access } from '@sallyport/rbac'
import { beforeEach, describe, expect, it } from 'vitest'
import { rawRequest } from '../../../test/hosts/raw-request.ts'
import { routerHosts, reached, type Building, type RouterHost } from '../../../test/hosts/router-hosts.ts'
import { environment } from './support.ts'

/** Every spelling that has been used against guards that compare the URL with a text. */
const spellings = [
  '/%61dmin/users',
  '/%2561dmin/users',
  '//admin/users',
  '///admin//users',
  '/admin//users',
  '/admin;x/users',
  '/admin;/users',
  '/admin/users;x=1',
  '/;/admin/users',
  '/ADMIN/users',
  '/Admin/Users',
  '/admin/users/',
  '/admin/users//',
  '/admin/users/.',
  '/admin/./users',
  '/./admin/users',
  '/x/../admin/users',
  '/x/%2e%2e/admin/users',
  '/admin%2fusers',
  '/admin%2Fusers',
  '/admin%5cusers',
  '/admin\\users',
  '\\admin\\users',
  '/admin/users%00',
  '/admin/users%20',
  '/admin/users%2f',
  '/admin/users?x=/public',
  '/admin/users#/public',
  '/%2fadmin/users',
  '/admin/users.json',
  '/admin%c0%afusers',
  '/%EF%BD%81dmin/users',
  '/%zz/admin/users',
  'http://other.example/admin/users',
  'http://127.0.0.1//admin/users',
]

type Layout = (app: Building, access: Access, host: RouterHost) => void

/** Ways in which real apps guard a part of theirs. */
const layouts: Readonly<Record<string, Layout>> = {
  'a gate on the route'(app, access) {
    app.route('get', '/admin/users', access.require('admin:read'), 'handler')
  },
  'a gate on a mounted router'(app, access, host) {
    const admin = host.router()
    admin.use(access.require('admin:read'))
    admin.route('get', '/users', 'handler')
    app.use('/admin', admin)
  },
  'a gate on a path, and the route elsewhere'(app, access) {
    app.use('/admin', access.require('admin:read'))
    app.route('get', '/admin/users', 'handler')
  },
  'a gate on a path in a router that minds case and slashes, and the route in one that does not'(app, access, host) {
    const strict = host.router({ caseSensitive: true, strict: true })
    strict.route('all', '/admin/users', access.require('admin:read'), 'passes on')
    const loose = host.router()
    loose.route('get', '/admin/users', 'handler')
    loose.route('get', '/:part/users', 'handler')
    app.use('/', strict)
    app.use('/', loose)
  },
}

describe.each(routerHosts.map((host) => [host.name, host] as const))(
  'a URL that is spelt otherwise, on %s',
  (_, host) => {
    let env: Environment
    let access: Access
    beforeEach(() => {
      reached.splice(0)
      env = environment()
      access = rbac({ env, roles: { admin: ['admin:read'] } })
    })

    async function start(layout: Layout, roles: readonly string[]) {
      const app = host.app()
      access.defaultDeny(app.native)
      app.use(
        '/',
        identify(() => ({ subject: 'ada', roles: [...roles], credential: { kind: 'bearer', ambient: false } }), {
          env,
        }),
      )
      layout(app, access, host)
      return host.start(app)
    }

    it.each(Object.entries(layouts))('does not get around %s', async (_name, layout) => {
      const app = await start(layout, ['clerk'])
      for (const method of ['GET', 'HEAD', 'POST']) {
        for (const path of ['/admin/users', ...spellings]) {
          const { status } = await rawRequest(app, { path, method })
          expect(`${method} ${path} ${status}`).toMatch(/ (400|403|404|405)$/)
        }
      }
      expect(reached).toEqual([])
    })

    it.each(Object.entries(layouts))(
      'is let in where it leads to the route and the caller may: %s',
      async (_name, layout) => {
        const app = await start(layout, ['admin'])
        expect((await rawRequest(app, { path: '/admin/users' })).status).toBe(200)
        expect(reached).toEqual(['/admin/users'])
      },
    )

    it('does not turn a public route into another one', async () => {
      const app = host.app()
      access.defaultDeny(app.native)
      app.route('get', '/public', publicRoute('a page for everybody', { env }), 'passes on')
      app.route('get', '/:page', 'handler')
      const running = await host.start(app)
      for (const path of ['/public', '/PUBLIC', '/public/', '/%70ublic', '/public;x', '/public%2f..%2fadmin']) {
        expect(`${path} ${(await rawRequest(running, { path })).status}`).toMatch(/ (403|404)$/)
      }
      expect(reached).toEqual([])
    })
  },
)
