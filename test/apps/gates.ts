import { compose, createEnvironment, defineMiddleware, identify, reportOnly, type Middleware } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { onTestFinished } from 'vitest'

/** Gates that let everybody pass, and hooks as packages register them that change nothing. */
export interface Guard {
  readonly name: string
  make(): readonly Middleware[]
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function guard(name: string, slow: boolean): Guard {
  return {
    name,
    make() {
      const env = createEnvironment({ asyncContext: slow })
      onTestFinished(() => env.close())
      const login = { subject: 'ada', roles: ['guest'], credential: { kind: 'bearer', ambient: false } } as const
      const token = jwtAuth({
        issuer: 'https://id.example.com/',
        audience: 'orders-api',
        secret: 'a secret of thirty-two bytes or more',
        required: false,
        env,
      })
      const access = rbac({ roles: { guest: ['app:use'], admin: ['app:own'] }, env })
      const hooks = defineMiddleware({
        name: 'hooks',
        environment: env,
        gate(exchange) {
          exchange.onObject((body) => body)
          exchange.beforeHeaders(() => undefined)
          exchange.beforeEnd(() => (slow ? tick() : undefined))
          exchange.onFinish(() => undefined)
          return slow ? tick() : undefined
        },
      })
      return [
        hooks,
        identify(() => login, { env }),
        // An app's own tokens are none of ours: a live app finds out by reporting only.
        compose(reportOnly(token), access.require('app:use')),
        reportOnly(access.require('app:own')),
      ]
    },
  }
}

export const guards: readonly Guard[] = [
  guard('gates and hooks that answer at once', false),
  guard('gates and hooks that take their time', true),
]
