import { Controller, Get, Module, Post } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Audit, Authenticated, Public, Require, RequireMfa } from '@sallyport/decorators'
import { securityGuard } from '@sallyport/decorators/nest'
import { access, env, login } from './gates.mjs'
import { defineMiddleware } from '@sallyport/core'

/** What the compiler emits for legacy decorators, standing where it would. */
function decorated(type, onClass, methods) {
  for (const [name, decorators] of Object.entries(methods)) {
    const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name)
    for (const decorator of decorators.toReversed()) decorator(type.prototype, name, descriptor)
  }
  for (const decorator of onClass.toReversed()) decorator(type)
  return type
}

class Constructed {
  name = 'never'

  constructor() {
    throw new Error('a list of routes constructs nothing')
  }
}

class Orders {
  read() {}
  create() {}
  mine() {}
  prices() {}
  open() {}
}
decorated(Orders, [Controller('orders')], {
  read: [Get(':id'), Require('orders:read')],
  create: [Post(), Require('orders:create'), RequireMfa({ maxAge: 300 }), Audit('order.create')],
  mine: [Get('me/mine'), Authenticated('everybody has some')],
  prices: [Get('all/prices'), Public('a price list')],
  open: [Get('open/door')],
})

const noted = (name, requires = {}) => defineMiddleware({ name, requires, environment: env, gate: () => undefined })
const guard = securityGuard({
  env,
  access,
  before: [login],
  mfa: () => noted('mfa', { factors: ['otp'] }),
  audit: () => noted('audit'),
})

class App {
  name = 'app'
}
decorated(
  App,
  [Module({ controllers: [Orders], providers: [Constructed, { provide: APP_GUARD, useValue: guard }] })],
  {},
)

export { App as app }
