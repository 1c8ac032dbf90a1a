import { createEnvironment, identify, problemDetails, type Principal } from '@sallyport/core'
import { secureControllers } from '@sallyport/decorators/routing-controllers'
import { rbac } from '@sallyport/rbac'
import express from 'express'
import Koa from 'koa'
import { getMetadataArgsStorage, useExpressServer, useKoaServer } from 'routing-controllers'
import { beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../../test/hosts/listen.ts'
import { compiled } from './build.ts'

const source = `
import 'reflect-metadata'
import { Get as Route, JsonController, Param, Post } from 'routing-controllers'
import { Public, Require } from '@sallyport/decorators'

@JsonController('/orders')
export class Orders {
  static reached: string[] = []
  @Route('/:id') @Require('orders:read') read(@Param('id') id: string) { Orders.reached.push(id); return { id } }
  @Post('/') @Require('orders:create') create() { Orders.reached.push('create'); return {} }
  @Route('/free/prices') @Public('a price list') prices() { return { free: true } }
}
@JsonController('/shop') export class Shop extends Orders {
  override read(id: string) { Orders.reached.push('shop'); return { id: 'shop' } }
}
@JsonController('/undecided') export class Undecided { @Route('/') list() { return {} } }
export class Plain { list() {} }
`

interface Loaded {
  readonly Orders: Function & { reached: string[] }
  readonly Shop: Function
  readonly Undecided: Function
  readonly Plain: Function
}

const hosts = {
  'Express 5': (controllers: Function[]) => {
    const app = express()
    app.set('env', 'test')
    useExpressServer(app, { controllers, defaultErrorHandler: false })
    app.use(problemDetails())
    return listen(app, [])
  },
  'Koa 3': (controllers: Function[]) => {
    const app = new Koa()
    app.silent = true
    app.use(problemDetails())
    useKoaServer(app, { controllers, defaultErrorHandler: false })
    return listen(app.callback(), [])
  },
}

describe.each(Object.entries(hosts))('secureControllers() on %s', (_, start) => {
  beforeEach(() => getMetadataArgsStorage().reset())

  function given(who: Partial<Principal> | undefined) {
    const env = createEnvironment()
    const login = identify(() => who && { subject: 'ada', ...who, credential: { kind: 'bearer', ambient: false } }, {
      env,
    })
    return { env, before: [login], access: rbac({ env, roles: { clerk: ['orders:read'] } }) }
  }

  it('puts the gates before the actions, those of a subclass too', async () => {
    const { Orders, Shop } = (await compiled(source, 'tsc, legacy')) as unknown as Loaded
    const app = await start(secureControllers([Orders, Shop], given({ roles: ['clerk'] })))
    expect(await (await app.fetch('/orders/7')).json()).toEqual({ id: '7' })
    expect((await app.fetch('/orders', { method: 'POST' })).status).toBe(403)
    expect(await (await app.fetch('/orders/free/prices')).json()).toEqual({ free: true })
    expect((await app.fetch('/shop', { method: 'POST' })).status).toBe(403)
    expect(Orders.reached).toEqual(['7'])
  })

  it('lets nobody in who is not known', async () => {
    const { Orders, Shop } = (await compiled(source, 'tsc, legacy')) as unknown as Loaded
    const app = await start(secureControllers([Orders, Shop], given(undefined)))
    expect((await app.fetch('/orders/7')).status).toBe(401)
    expect((await app.fetch('/shop/7')).status).toBe(401)
    expect(Orders.reached).toEqual([])
  })
})

describe('controllers that are refused', () => {
  beforeEach(() => getMetadataArgsStorage().reset())

  it('have an action without a rule, or none at all', async () => {
    const { Undecided, Plain } = (await compiled(source, 'tsc, legacy')) as unknown as Loaded
    expect(() => secureControllers([Undecided])).toThrow(/Undecided\.list has no rule/)
    expect(() => secureControllers([Plain])).toThrow(/Plain has no action/)
  })

  it('were compiled with standard decorators, which routing-controllers takes without a word', async () => {
    const standard = source
      .replaceAll("@Param('id') ", '')
      .replaceAll("@Route('/:id')", "@(Route('/:id') as any)")
      .replaceAll(/@(JsonController|Post|Route)\(('[^']*')\)/g, '@($1($2) as any)')
    const { Orders } = (await compiled(standard, 'esbuild, standard')) as unknown as Loaded
    expect(() => secureControllers([Orders])).toThrow(
      /Orders was compiled with standard decorators; .*experimentalDecorators/,
    )
  })
})
