import { createTestClock, type TestClock } from '@sallyport/core/testing'
import type { Environment, EnvironmentOptions } from '@sallyport/core'
import { jwtAuth, type CommonOptions, type DpopOptions, type JwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient, type DpopClient, type ProofParts, type TestIssuer } from '@sallyport/jwt-auth/testing'
import type { Host, RunningApp } from '../../../../test/hosts/host.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { answered, testEnvironment, testIssuer, type Answered } from './app.ts'

export const audience = 'orders-api'

/** An app that takes proofs, a client with a key, and the issuer that knows it. All live in one time. */
export interface DpopScene {
  readonly clock: TestClock
  readonly env: Environment
  readonly issuer: TestIssuer
  readonly client: DpopClient
  readonly auth: JwtAuth
  readonly app: RunningApp
  /** The address of the route. */
  readonly url: string
  /** A token that is bound to the client's key. */
  bound(claims?: object): Promise<string>
  /** Asks with a token and a proof; changes of the proof make it a bad one. */
  ask(token: string, parts?: Partial<ProofParts>, headers?: Record<string, string>): Promise<Asked>
  /** Sends headers as they are. */
  send(headers: Record<string, string>, init?: RequestInit & { readonly path?: string }): Promise<Asked>
}

/** An answer, with the nonce in it. */
export interface Asked extends Answered {
  readonly nonce: string | null
}

export interface DpopSceneOptions {
  readonly host?: Host
  readonly dpop?: boolean | DpopOptions
  readonly environment?: EnvironmentOptions
  readonly more?: Partial<CommonOptions>
}

export async function dpopScene(options: DpopSceneOptions = {}): Promise<DpopScene> {
  const { host = express5Host, dpop = true, environment = {}, more = {} } = options
  const clock = createTestClock()
  const env = testEnvironment({ clock, ...environment })
  const issuer = await testIssuer({ clock })
  const client = createDpopClient({ clock })
  const auth = jwtAuth({ issuer: issuer.issuer, audience, dpop, ...more, env }) as JwtAuth
  const app = await host.start({ use: [auth], handler: ({ principal }) => ({ body: { ...principal } }) })
  const url = `${app.origin}/orders`
  const send: DpopScene['send'] = async (headers, { path = '/orders', ...init } = {}) => {
    const response = await app.fetch(path, { ...init, headers })
    const nonce = response.headers.get('dpop-nonce')
    return { ...(await answered(response)), nonce }
  }
  return {
    ...{ clock, env, issuer, client, auth, app, url, send },
    bound: (claims = {}) => issuer.token({ claims: { cnf: { jkt: client.jkt }, ...claims } }),
    ask: async (token, parts = {}, headers = {}) =>
      send({ ...(await client.headers({ url, token, ...parts })), ...headers }),
  }
}
