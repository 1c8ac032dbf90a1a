import {
  createEnvironment,
  identify,
  type Environment,
  type EnvironmentOptions,
  type Middleware,
} from '@sallyport/core'
import { onTestFinished } from 'vitest'

export function environment(options: EnvironmentOptions = {}): Environment {
  const env = createEnvironment(options)
  onTestFinished(() => env.close().catch(() => undefined))
  return env
}

/** Takes the caller from headers: who says which key is used for which account. */
export function callers(env: Environment): Middleware {
  return identify(
    (_seen, exchange) => {
      const subject = exchange.header('x-user')
      const key = exchange.header('x-key')
      if (subject === undefined) return undefined
      return { subject, issuer: 'local', credential: { kind: 'api-key', ambient: false, ...(key && { id: key }) } }
    },
    { env },
  )
}
