import {
  createEnvironment,
  defineMiddleware,
  identify,
  type Environment,
  type Middleware,
  type Principal,
} from '@sallyport/core'
import { mountController, type AnyRouter, type MountOptions } from '@sallyport/decorators'
import { rbac } from '@sallyport/rbac'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeRouters } from '../../../test/hosts/router-hosts.ts'
import { compiled } from './build.ts'

const source = `
import { Audit, Authenticated, Controller, Delete, Get, Post, Public, Require, RequireAny, RequireMfa, RequireScope } from '@sallyport/decorators'

function answer(first: any, second: any, text: string) {
  // Koa's context and what comes next; a request and a response.
  if (typeof second === 'function') first.body = text
  else second.end(text)
}

@Controller('/orders')
export class Orders {
  constructor(readonly shop: string) {}
  @Get('/') @Require('orders:read') list(first: any, second: any) { answer(first, second, this.shop) }
  @Get('/any') @RequireAny('orders:read', 'x:y') any(first: any, second: any) { answer(first, second, 'any') }
  @Delete('/:id') @Require('orders:delete') @RequireMfa({ maxAge: 300 }) @Audit('order.delete') remove(first: any, second: any) { answer(first, second, 'gone') }
  @Get('/prices') @Public('a price list') prices(first: any, second: any) { answer(first, second, 'prices') }
  @Get('/mine') @Authenticated('everybody has some') mine(first: any, second: any) { answer(first, second, 'mine') }
  @Get('/token') @RequireScope('orders', 'more') token(first: any, second: any) { answer(first, second, 'token') }
  @Post('/late') @Public('fails') async late() { throw Object.assign(new Error('late'), { status: 418, expose: true }) }
  helper() {}
}
@Controller('/shop') export class Shop extends Orders {
  override list(first: any, second: any) { answer(first, second, 'shop') }
}
export class Undecided { @Get('/') list() {} }
export class Unreached { @Require('a:b') list() {} }
export class Empty { list() {} }
export class Misspelt { @Get('/') @Require('orders:raed') list() {} }
export class Torn { @Get('/') @Public('all') @Require('orders:read') list() {} }
export class Strong { @Get('/') @Require('orders:read') @RequireMfa() list(first: any, second: any) { answer(first, second, 'strong') } }
export class Noted { @Get('/') @Require('orders:read') @Audit('list') list() {} }
`

const loaded = compiled(source, 'esbuild, standard') as unknown as Promise<
  Record<string, new (shop?: string) => object>
>

describeRouters('mountController()', (host) => {
  let env: Environment
  let who: Partial<Principal> | undefined
  let opened: string[]
  let login: Middleware

  beforeEach(() => {
    env = createEnvironment()
    who = { roles: ['clerk'] }
    opened = []
    login = identify(() => who && { subject: 'ada', ...who, credential: { kind: 'bearer', ambient: false } }, { env })
  })
  afterEach(() => env.close())

  function noted(name: string): Middleware {
    return defineMiddleware({ name, environment: env, gate: () => void opened.push(name) })
  }

  function options(): MountOptions {
    return {
      env,
      before: [login],
      access: rbac({
        env,
        permissions: ['orders:read', 'orders:delete', 'x:y'],
        roles: { clerk: ['orders:read'], boss: ['*'] },
      }),
      mfa: ({ maxAge }) => noted(`mfa ${maxAge}`),
      audit: (action) => noted(`audit ${action}`),
    }
  }

  async function visit(method: string, path: string, type = 'Orders'): Promise<string> {
    const app = host.app()
    const router = host.router()
    const Type = (await loaded)[type]!
    mountController(router.native as AnyRouter, new Type('a shop'), options())
    app.use('/', router)
    const running = await host.start(app)
    const response = await running.fetch(path, { method })
    const text = await response.text()
    const { code = text } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {}
    return `${response.status} ${code}`
  }

  it('puts methods on the router, each behind the gates of its rules', async () => {
    expect(await visit('GET', '/orders')).toBe('200 a shop')
    expect(await visit('GET', '/orders/any')).toBe('200 any')
    expect(await visit('GET', '/orders/mine')).toBe('200 mine')
    expect(await visit('DELETE', '/orders/1')).toBe('403 ERR_RBAC_FORBIDDEN')
    who = { roles: [] }
    expect(await visit('GET', '/orders')).toBe('403 ERR_RBAC_FORBIDDEN')
    expect(await visit('GET', '/orders/mine')).toBe('200 mine')
    who = undefined
    expect(await visit('GET', '/orders')).toBe('401 ERR_UNAUTHENTICATED')
    expect(await visit('GET', '/orders/mine')).toBe('401 ERR_UNAUTHENTICATED')
    expect(await visit('GET', '/orders/token')).toBe('401 ERR_UNAUTHENTICATED')
    expect(await visit('GET', '/orders/prices')).toBe('200 prices')
  })

  it('opens the audit first, and the second factor last', async () => {
    who = { roles: ['boss'] }
    expect(await visit('DELETE', '/orders/1')).toBe('200 gone')
    expect(opened).toEqual(['audit order.delete', 'mfa 300'])
  })

  it('demands all scopes, and no login without scopes has any', async () => {
    who = { roles: ['boss'], scopes: ['more', 'orders'] }
    expect(await visit('GET', '/orders/token')).toBe('200 token')
    for (const scopes of [['orders'], [], undefined]) {
      who = { roles: ['boss'], ...(scopes !== undefined && { scopes }) }
      expect(await visit('GET', '/orders/token')).toBe('403 ERR_DECORATORS_SCOPE')
    }
  })

  it('guards what a subclass overrides, at its own path', async () => {
    expect(await visit('GET', '/shop', 'Shop')).toBe('200 shop')
    who = { roles: [] }
    expect(await visit('GET', '/shop', 'Shop')).toBe('403 ERR_RBAC_FORBIDDEN')
  })

  it('hands what a method rejects with to the app', async () => {
    expect(await visit('POST', '/orders/late')).toMatch(/^418 /)
  })

  it('is no way around a default deny, nor hindered by it', async () => {
    const app = host.app()
    const given = options()
    ;(given.access as ReturnType<typeof rbac>).defaultDeny(app.native)
    const router = host.router()
    mountController(router.native as AnyRouter, new (await loaded)['Orders']!('a shop'), given)
    app.use('/', router)
    const running = await host.start(app)
    for (const path of ['/orders', '/orders/prices', '/orders/mine'])
      expect((await running.fetch(path)).status).toBe(200)
  })

  it('uses the environment’s own step-up where there is one', async () => {
    const router = host.router()
    const { mfa: _, ...without } = options()
    const Type = (await loaded)['Strong']!
    expect(() => mountController(router.native as AnyRouter, new Type(), without)).toThrow(/@RequireMfa.*`mfa`/)
    const asked: unknown[] = []
    env.ports.offer('requireStepUp', (_exchange, demand) => void asked.push(demand))
    const app = host.app()
    mountController(router.native as AnyRouter, new Type(), without)
    app.use('/', router)
    const running = await host.start(app)
    expect((await running.fetch('/')).status).toBe(200)
    expect(asked).toEqual([{}])
  })

  it.each([
    ['Undecided', /Undecided\.list has no rule/],
    ['Unreached', /Unreached\.list has rules and no route/],
    ['Empty', /Empty has no method with @Get/],
    ['Misspelt', /orders:raed.*orders:read/],
    ['Torn', /is @Public and demands something/],
  ])('mounts nothing of a controller that is wrong: %s', async (name, message) => {
    const router = host.router()
    const Type = (await loaded)[name]!
    expect(() => mountController(router.native as AnyRouter, new Type(), options())).toThrow(message)
    expect((router.native as { stack: unknown[] }).stack).toEqual([])
  })

  it.each([
    ['access', 'Orders', /@Require, and nothing was given/],
    ['audit', 'Noted', /@Audit, and nothing was given/],
  ])('refuses a rule for which no gate was given: %s', async (name, type, message) => {
    const given = Object.fromEntries(Object.entries(options()).filter(([one]) => one !== name))
    const router = host.router()
    const Type = (await loaded)[type]!
    expect(() => mountController(router.native as AnyRouter, new Type(), given)).toThrow(message)
  })
})

describe('what mountController() is given', () => {
  it('is refused where it is wrong', async () => {
    const { Orders } = await loaded
    const router = { get() {}, post() {}, put() {}, patch() {}, delete() {}, all() {} }
    expect(() => mountController(router, Orders!)).toThrow(/new Orders\(\)/)
    expect(() => mountController({} as AnyRouter, new Orders!(), {})).toThrow(/router/)
    expect(() => mountController(router, new Orders!(), { acces: 1 } as never)).toThrow(/did you mean 'access'/)
    expect(() => mountController(router, new Orders!(), { access: {} as never })).toThrow(/what rbac\(\) gives/)
    expect(() => mountController(router, new Orders!(), { mfa: 'yes' as never })).toThrow(/makes a gate/)
    expect(() => mountController(router, new Orders!(), { before: 1 as never })).toThrow(/list of gates/)
  })
})
