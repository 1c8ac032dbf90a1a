import { createEnvironment, type Environment, type EnvironmentOptions, type Middleware } from '@sallyport/core'
import { onTestFinished } from 'vitest'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import type { Call, RunningApp } from '../../../../test/hosts/host.ts'
import { startIssuer, type TestIssuer, type TestIssuerOptions } from './test-issuer.ts'

/** An environment that ends with the test. */
export function testEnvironment(options: EnvironmentOptions = {}): Environment {
  const env = createEnvironment(options)
  onTestFinished(() => env.close())
  return env
}

/** An issuer that ends with the test. */
export async function testIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const issuer = await startIssuer(options)
  onTestFinished(() => issuer.close())
  return issuer
}

/** What an app answered to a request with a token. */
export interface Answered {
  readonly status: number
  readonly code: string | undefined
  readonly challenge: string | null
  readonly retryAfter: string | null
  readonly text: string
}

/** An app behind one gate, asked over real HTTP. */
export interface GuardedApp {
  readonly app: RunningApp
  /** Sends a token, or none. */
  ask(token?: string, headers?: Record<string, string>): Promise<Answered>
}

export async function guarded(gate: Middleware, handler?: (call: Call) => object): Promise<GuardedApp> {
  const app = await express5Host.start({
    use: [gate],
    handler: (call) => ({ body: handler?.(call) ?? { reached: true } }),
  })
  return {
    app,
    async ask(token, headers = {}) {
      const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
      return answered(await app.fetch('/orders', { headers: { ...bearer, ...headers } }))
    },
  }
}

export async function answered(response: Response): Promise<Answered> {
  const text = await response.text()
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json')
  const body: unknown = isJson ? JSON.parse(text) : {}
  return {
    status: response.status,
    code: (body as { code?: string }).code,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    text,
  }
}
