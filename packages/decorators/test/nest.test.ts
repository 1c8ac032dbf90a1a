import { createEnvironment, identify, type Environment, type Principal } from '@sallyport/core'
import { securityGuard, securityModule, type NestSecurityOptions } from '@sallyport/decorators/nest'
import { rbac } from '@sallyport/rbac'
import { Module, type INestApplication } from '@nestjs/common'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { compiled } from './build.ts'

const source = `
import { Controller, Get, Param, Post } from '@nestjs/common'
import { Audit, Authenticated, Public, Require } from '@sallyport/decorators'

@Controller('orders')
export class Orders {
  static reached: string[] = []
  @Get('mine') @Authenticated('everybody has some') mine() { return { mine: true } }
  @Get('prices') @Public('a price list') prices() { return { free: true } }
  @Get(':id') @Require('orders:read') read(@Param('id') id: string) { Orders.reached.push(id); return { id } }
  @Post() @Require('orders:create') create() { Orders.reached.push('create'); return {} }
}
@Controller('shop') export class Shop extends Orders {
  @Get('own/:id') override read(id: string) { Orders.reached.push('shop'); return { id: 'shop' } }
}
@Controller('undecided') export class Undecided { static reached: string[] = []; @Get() list() { Undecided.reached.push('list'); return {} } }
@Controller('noted') export class Noted { @Get() @Require('orders:read') @Audit('list') list() { return {} } }
`

interface Loaded {
  readonly Orders: Function & { reached: string[] }
  readonly Shop: Function
  readonly Undecided: Function & { reached: string[] }
  readonly Noted: Function
}
const loaded = compiled(source, 'tsc, legacy') as unknown as Promise<Loaded>

let env: Environment
let who: Partial<Principal> | undefined
let options: NestSecurityOptions

beforeEach(async () => {
  env = createEnvironment()
  who = { roles: ['clerk'] }
  const login = identify(() => who && { subject: 'ada', ...who, credential: { kind: 'bearer', ambient: false } }, {
    env,
  })
  options = { env, before: [login], access: rbac({ env, roles: { clerk: ['orders:read'] } }) }
  const { Orders, Undecided } = await loaded
  Orders.reached.splice(0)
  Undecided.reached.splice(0)
})

const ways = {
  'securityModule()': (controllers: Function[]) => ({ imports: [securityModule(options)], controllers }),
  'securityGuard() as APP_GUARD': (controllers: Function[]) => ({
    providers: [{ provide: APP_GUARD, useValue: securityGuard(options) }],
    controllers,
  }),
}

async function start(metadata: object, onFastify = false): Promise<{ app: INestApplication; origin: string }> {
  class App {
    readonly name = 'app'
  }
  Module(metadata)(App)
  const settings = { logger: false, abortOnError: false } as const
  const app = await (onFastify
    ? NestFactory.create(App, new FastifyAdapter(), settings)
    : NestFactory.create(App, settings))
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  return { app, origin: await app.getUrl() }
}

describe.each(Object.entries(ways))('%s', (_, way) => {
  async function visit(method: string, path: string): Promise<string> {
    const { Orders, Shop } = await loaded
    const { origin } = await start(way([Orders, Shop]))
    const response = await fetch(origin + path, { method })
    return `${response.status} ${await response.text()}`
  }

  it('lets pass whom the rules let', async () => {
    expect(await visit('GET', '/orders/7')).toBe('200 {"id":"7"}')
    expect(await visit('GET', '/orders/mine')).toBe('200 {"mine":true}')
    expect(await visit('GET', '/shop/own/1')).toBe('200 {"id":"shop"}')
    who = undefined
    expect(await visit('GET', '/orders/prices')).toBe('200 {"free":true}')
  })

  it('refuses the others before the handler, with status and code', async () => {
    const { Orders } = await loaded
    expect(await visit('POST', '/orders')).toMatch(/^403 .*ERR_RBAC_FORBIDDEN/)
    who = { roles: [] }
    expect(await visit('GET', '/shop/own/1')).toMatch(/^403 .*ERR_RBAC_FORBIDDEN/)
    who = undefined
    expect(await visit('GET', '/orders/7')).toMatch(/^401 .*ERR_UNAUTHENTICATED/)
    expect(await visit('GET', '/orders/mine')).toMatch(/^401 .*ERR_UNAUTHENTICATED/)
    expect(Orders.reached).toEqual([])
  })

  it('names the challenge, and tells nothing of what failed inside', async () => {
    const { Orders } = await loaded
    who = undefined
    const { origin } = await start(way([Orders]))
    expect((await fetch(`${origin}/orders/7`)).headers.get('www-authenticate')).toBe('Session')
    await env.close()
    const response = await fetch(`${origin}/orders/7`)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBeTruthy()
    expect(await response.json()).toEqual({
      statusCode: 503,
      code: 'ERR_ENVIRONMENT_CLOSED',
      message: 'Service Unavailable',
    })
  })

  it('does not answer for a handler about which nobody decided', async () => {
    const { Undecided } = await loaded
    const started = start(way([Undecided])).then(
      async ({ origin }) => String((await fetch(`${origin}/undecided`)).status),
      (thrown: Error) => thrown.message,
    )
    expect(await started).toMatch(/^500$|Undecided\.list has no rule/)
    expect(Undecided.reached).toEqual([])
  })
})

describe('an app with securityModule()', () => {
  it('is guarded on Fastify as well', async () => {
    const { Orders } = await loaded
    const { origin } = await start(ways['securityModule()']([Orders]), true)
    expect(await (await fetch(`${origin}/orders/7`)).json()).toEqual({ id: '7' })
    const refused = await fetch(`${origin}/orders`, { method: 'POST' })
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'ERR_RBAC_FORBIDDEN'])
    who = undefined
    const unknown = await fetch(`${origin}/orders/7`)
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Session'])
    expect(Orders.reached).toEqual(['7'])
  })

  it('does not start with a handler that has no rule, or with a rule that nothing enforces', async () => {
    const { Undecided, Noted } = await loaded
    await expect(start(ways['securityModule()']([Undecided]))).rejects.toThrow(/Undecided\.list has no rule/)
    await expect(start(ways['securityModule()']([Noted]))).rejects.toThrow(/Noted\.list has @Audit/)
  })
})

describe('the guard outside of HTTP', () => {
  it('lets nothing in: no gate could look at it', async () => {
    const guard = securityGuard(options)
    expect(await guard.canActivate({ getType: () => 'ws' } as never)).toBe(false)
    expect(await guard.canActivate({ getType: () => 'graphql' } as never)).toBe(false)
  })
})
