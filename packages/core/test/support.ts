import {
  createEnvironment,
  defineMiddleware,
  type Environment,
  type Gate,
  type Login,
  type Middleware,
} from '@sallyport/core'
import { onTestFinished } from 'vitest'

/** An environment that is closed when the test is over. */
export function environment(options: Parameters<typeof createEnvironment>[0] = {}): Environment {
  const env = createEnvironment(options)
  onTestFinished(() => env.close())
  return env
}

/** A middleware of one gate. */
export function gate(env: Environment, open: Gate, name = 'test-gate'): Middleware {
  return defineMiddleware({ name, environment: env, gate: open })
}

/** The same gate, answering later. */
export function later(open: Gate): Gate {
  return async (exchange) => {
    await new Promise((resolve) => setImmediate(resolve))
    return open(exchange)
  }
}

/** A login by a token that the caller sends on purpose. */
export function bearer(subject: string, more: Partial<Login> = {}): Login {
  return { subject, credential: { kind: 'bearer', ambient: false }, ...more }
}
