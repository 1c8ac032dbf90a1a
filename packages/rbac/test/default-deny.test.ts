import { identify, publicRoute, reportOnly, type Environment, type Middleware } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { rbac, type Access } from '@sallyport/rbac'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeRouters, reached, routerHosts, type Building } from '../../../test/hosts/router-hosts.ts'
import { environment, refusal } from './support.ts'

beforeEach(() => void reached.splice(0))

describeRouters('access.defaultDeny()', (host) => {
  let env: Environment
  let access: Access
  let login: Middleware
  let app: Building

  beforeEach(() => {
    env = environment()
    access = rbac({ env, roles: { clerk: ['orders:*'] } })
    login = identify(() => ({ subject: 'ada', roles: ['clerk'], credential: { kind: 'bearer', ambient: false } }), {
      env,
    })
    app = host.app()
  })

  async function visit(path: string, method = 'GET'): Promise<string> {
    const { fetch, close } = await host.start(app)
    const response = await fetch(path, { method })
    const text = await response.text()
    await close()
    const { code = text } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {}
    return `${response.status} ${code}`
  }
  const UNDECIDED = '403 ERR_RBAC_UNDECIDED'

  it('gives the app back, and refuses a route about which nobody decided, before its handler', async () => {
    expect(access.defaultDeny(app.native)).toBe(app.native)
    app.route('get', '/orders', login, 'passes on', 'handler')
    expect(await visit('/orders')).toBe(UNDECIDED)
    expect(reached).toEqual([])
  })

  it('lets pass what a permission, a login or a reason decided', async () => {
    access.defaultDeny(app.native)
    app.route('get', '/orders', login, access.require('orders:read'), 'handler')
    app.route('get', '/any', login, access.requireAny('orders:read', 'a:b'), 'handler')
    app.route('get', '/me', login, access.authenticated('everybody has a profile'), 'handler')
    app.route('get', '/nobody', access.authenticated('everybody has a profile'), 'handler')
    app.route('get', '/health', publicRoute('asked by the load balancer', { env }), 'passes on', 'handler')
    expect(await visit('/orders')).toBe('200 reached')
    expect(await visit('/orders', 'HEAD')).toBe('200 ')
    expect(await visit('/any')).toBe('200 reached')
    expect(await visit('/me')).toBe('200 reached')
    expect(await visit('/nobody')).toBe('401 ERR_UNAUTHENTICATED')
    expect(await visit('/health')).toBe('200 reached')
  })

  it('covers what was there before and what comes later', async () => {
    app.route('get', '/before', 'handler')
    const nested = host.router()
    nested.route('get', '/before', 'handler')
    app.use('/nested', nested)
    access.defaultDeny(app.native)
    app.route('get', '/after', 'handler')
    if (!host.koa) nested.route('get', '/after', 'handler')
    const later = host.router()
    const deep = host.router()
    deep.route('post', '/after', 'handler')
    later.use('/deep', deep)
    app.use('/later', later)
    if (!host.koa) deep.route('get', '/last', 'handler')
    for (const path of ['/before', '/nested/before', '/after']) expect(await visit(path), path).toBe(UNDECIDED)
    expect(await visit('/later/deep/after', 'POST')).toBe(UNDECIDED)
    if (!host.koa) {
      expect(await visit('/nested/after')).toBe(UNDECIDED)
      expect(await visit('/later/deep/last')).toBe(UNDECIDED)
    }
    expect(reached).toEqual([])
    expect(await visit('/not-there')).toMatch(/^404 /)
  })

  it('takes the word of gates that stand before the route, in its router and around it', async () => {
    access.defaultDeny(app.native)
    const nested = host.router()
    nested.use(login, access.require('orders:read'))
    nested.route('get', '/', 'handler')
    app.use('/orders', nested)
    app.route('get', '/beside', 'handler')
    expect(await visit('/orders')).toBe('200 reached')
    expect(await visit('/beside')).toBe(UNDECIDED)
  })

  it('lets what prepares a gate run before it, and withholds what it answers itself', async () => {
    access.defaultDeny(app.native)
    app.route('get', '/orders', 'passes on', login, access.require('orders:read'), 'handler')
    app.route('get', '/early', 'handler', login, access.require('orders:read'), 'handler')
    app.route('get', '/teapot', 'answers 418', login, access.require('orders:read'), 'handler')
    app.route('get', '/late', 'handler', login, access.require('orders:read'))
    expect(await visit('/orders')).toBe('200 reached')
    expect(await visit('/early')).toBe(UNDECIDED)
    expect(await visit('/teapot')).toMatch(/^418 /)
    reached.splice(0)
    // The gate behind the handler is no decision at all: the handler does not run.
    expect(await visit('/late')).toBe(UNDECIDED)
    expect(reached).toEqual([])
  })

  it('does not let one method’s gate speak for another one', async () => {
    access.defaultDeny(app.native)
    app.route('get', '/orders', publicRoute('a price list', { env }), 'handler')
    app.route('post', '/orders', 'handler')
    expect(await visit('/orders')).toBe('200 reached')
    expect(await visit('/orders', 'POST')).toBe(UNDECIDED)
  })

  it('withholds what a handler of `use()` answers, unless it was decided', async () => {
    access.defaultDeny(app.native)
    app.route('get', '/orders', 'handler')
    app.use('handler')
    expect(await visit('/files/secret.txt')).toBe(UNDECIDED)
  })

  it('takes `publicRoute` in `use()` for what `use()` mounts after it, never for a route', async () => {
    access.defaultDeny(app.native)
    // On Koa the router comes first: a route must be its own.
    if (!host.koa) app.use(publicRoute('files', { env }))
    app.route('get', '/orders', 'handler')
    if (host.koa) app.use(publicRoute('files', { env }))
    app.use('handler')
    expect(await visit('/files/logo.svg')).toBe('200 reached')
    expect(await visit('/orders')).toBe(UNDECIDED)
  })

  it('lets errors and refusals of gates out as they are', async () => {
    access.defaultDeny(app.native)
    app.route('get', '/orders', login, access.require('other:thing'), 'handler')
    app.route('get', '/teapot', publicRoute('coffee', { env }), 'answers 418')
    app.use('answers 418')
    expect(await visit('/orders')).toBe('403 ERR_RBAC_FORBIDDEN')
    expect(await visit('/teapot')).toMatch(/^418 /)
    expect(await visit('/anything')).toMatch(/^418 /)
  })

  it('is told by an event, and by a warning that names the route', async () => {
    const warnings: string[] = []
    const onWarning = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', onWarning)
    using events = captureEvents(env)
    access.defaultDeny(app.native)
    app.route('get', '/orders/:id', 'handler')
    expect(await visit('/orders/4711')).toBe(UNDECIDED)
    expect(await visit('/orders/4712')).toBe(UNDECIDED)
    process.off('warning', onWarning)
    expect(events.of('gate.refused').map(({ detail }) => detail)).toEqual(
      Array.from({ length: 2 }, () => ({
        gate: 'rbac.default-deny',
        code: 'ERR_RBAC_UNDECIDED',
        status: 403,
        reportOnly: false,
      })),
    )
    const ours = warnings.filter((one) => one.startsWith('rbac: '))
    expect(ours).toEqual([expect.stringContaining('GET /orders/:id was refused')])
  })

  it('only reports where it is told to, and takes a gate that only reports for no decision', async () => {
    using events = captureEvents(env)
    access.defaultDeny(app.native, { reportOnly: true })
    app.route('get', '/orders', 'handler')
    app.route('get', '/tried', login, reportOnly(access.require('orders:read')), 'handler')
    expect(await visit('/orders')).toBe('200 reached')
    expect(await visit('/tried')).toBe('200 reached')
    const told = events.of('gate.refused').map(({ detail }) => `${detail.code} ${detail.reportOnly}`)
    expect(new Set(told)).toEqual(new Set(['ERR_RBAC_UNDECIDED true']))
  })

  it('covers a router alone, and nothing of the app around it', async () => {
    const nested = host.router()
    access.defaultDeny(nested.native)
    nested.route('get', '/here', 'handler')
    app.use('/nested', nested)
    app.route('get', '/nested/beside', 'handler')
    expect(await visit('/nested/here')).toBe(UNDECIDED)
    expect(await visit('/nested/beside')).toBe('200 reached')
  })
})

describe.each(routerHosts.filter(({ koa }) => !koa).map((host) => [host.name, host] as const))(
  'access.defaultDeny() on %s',
  (_, host) => {
    const access = (): Access => rbac({ env: environment(), roles: {} })

    async function statusOf(app: Building, path: string): Promise<number> {
      const running = await host.start(app)
      return (await running.fetch(path)).status
    }

    it('covers apps that are mounted later, with all that is in them', async () => {
      const app = host.app()
      access().defaultDeny(app.native)
      const sub = host.app()
      sub.route('get', '/before', 'handler')
      app.use('/sub', sub)
      sub.route('get', '/after', 'handler')
      for (const path of ['/sub/before', '/sub/after']) expect(await statusOf(app, path)).toBe(403)
      expect(reached).toEqual([])
    })

    it('withholds what an app answers that was mounted before', async () => {
      const app = host.app()
      const sub = host.app()
      sub.route('get', '/', 'handler')
      app.use('/sub', sub)
      access().defaultDeny(app.native)
      expect(await statusOf(app, '/sub')).toBe(403)
    })

    it('covers routes in a stack that somebody exchanges', async () => {
      const app = host.app()
      const router = host.router()
      access().defaultDeny(app.native)
      app.use('/', router)
      const other = host.router()
      other.route('get', '/orders', 'handler')
      ;(router.native as { stack: unknown }).stack = (other.native as { stack: unknown }).stack
      expect(await statusOf(app, '/orders')).toBe(403)
      expect(reached).toEqual([])
    })

    it('covers routes that somebody puts in between', async () => {
      const app = host.app()
      const router = host.router()
      access().defaultDeny(app.native)
      app.use('/', router)
      const other = host.router()
      other.route('get', '/orders', 'handler')
      const { stack } = router.native as { stack: unknown[] }
      stack.splice(0, 0, ...(other.native as { stack: unknown[] }).stack)
      stack.unshift(...(other.native as { stack: unknown[] }).stack)
      expect(await statusOf(app, '/orders')).toBe(403)
      expect(reached).toEqual([])
    })

    it('mounted in another app covers itself, and nothing of the other one', async () => {
      const app = host.app()
      const sub = host.app()
      access().defaultDeny(sub.native)
      sub.route('get', '/here', 'handler')
      app.use('/sub', sub)
      app.route('get', '/sub/beside', 'handler')
      expect([await statusOf(app, '/sub/here'), await statusOf(app, '/sub/beside')]).toEqual([403, 200])
    })

    it('takes a function for errors behind the gate for no handler', async () => {
      const env = environment()
      const app = host.app()
      const gate = rbac({ env, roles: {} }).defaultDeny(app.native) && publicRoute('late', { env })
      const onError = (err: unknown, _req: unknown, _res: unknown, next: (err: unknown) => void): void => next(err)
      ;(app.native as { get(...args: unknown[]): void }).get(
        '/orders',
        (_req: unknown, res: { end(): void }) => {
          reached.push('/orders')
          res.end()
        },
        gate,
        onError,
      )
      expect(await statusOf(app, '/orders')).toBe(403)
      expect(reached).toEqual([])
    })

    it('leaves the settings of the app to the app', async () => {
      const app = host.app()
      access().defaultDeny(app.native)
      ;(app.native as { set(name: string, value: unknown): void }).set('case sensitive routing', true)
      app.route('get', '/orders', 'handler')
      expect([await statusOf(app, '/orders'), await statusOf(app, '/ORDERS')]).toEqual([403, 404])
    })
  },
)

it('refuses what is no app and no router, and unknown options', () => {
  const access = rbac({ env: environment(), roles: {} })
  expect(refusal(() => access.defaultDeny({}))).toMatch(/^ERR_OPTION .*appOrRouter/)
  expect(refusal(() => access.defaultDeny({}, { reportonly: true } as never))).toMatch(/ERR_OPTION .*reportOnly/)
  expect(refusal(() => access.authenticated(' '))).toMatch(/^ERR_OPTION .*why/)
  expect(refusal(() => publicRoute(''))).toMatch(/^ERR_OPTION .*why/)
})
