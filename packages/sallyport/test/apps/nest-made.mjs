import { NestFactory } from '@nestjs/core'
import { login } from './gates.mjs'
import { app as App } from './nest.mjs'

// The provider that must not be constructed by a list is constructed by an app: left out here.
const providers = Reflect.getMetadata('providers', App)
Reflect.defineMetadata(
  'providers',
  providers.filter((one) => one.name !== 'Constructed'),
  App,
)
export const app = NestFactory.create(App, { logger: false }).then((made) => {
  made.setGlobalPrefix('api')
  made.use(login)
  return made
})
