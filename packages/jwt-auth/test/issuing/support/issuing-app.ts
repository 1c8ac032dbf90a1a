import { createEnvironment, type Environment, type EnvironmentOptions } from '@sallyport/core'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import {
  tokenIssuer,
  type IssuerRoutesOptions,
  type TokenIssuer,
  type TokenIssuerOptions,
  type VerifyCredentials,
} from '@sallyport/jwt-auth/issuer'
import { onTestFinished } from 'vitest'
import type { AppSpec, Host, RunningApp } from '../../../../../test/hosts/host.ts'
import { express5Host } from '../../../../../test/hosts/node-hosts.ts'
import { alice, AUDIENCE, ISSUER } from './nodes.ts'

/** An app with the routes of an issuer. */
export interface IssuingApp {
  readonly clock: TestClock
  readonly env: Environment
  readonly events: CapturedEvents
  readonly issuer: TokenIssuer
  readonly app: RunningApp
  /** Posts JSON. */
  post(route: string, body: unknown, headers?: Record<string, string>): Promise<Told>
  /** Posts a form. */
  form(route: string, fields: Record<string, string> | string, headers?: Record<string, string>): Promise<Told>
}

/** What was answered. */
export interface Told {
  readonly status: number
  readonly body: Tokens & Readonly<Record<string, unknown>>
  readonly headers: Headers
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

export interface IssuingAppOptions {
  readonly host?: Host
  readonly issuer?: Partial<TokenIssuerOptions>
  readonly routes?: IssuerRoutesOptions
  readonly environment?: EnvironmentOptions
  readonly before?: AppSpec['use']
}

/** Knows one account. */
const knowsAlice: VerifyCredentials = ({ user, password }) =>
  user === 'alice' && password === 'correct horse' ? alice : undefined

export const credentials = { user: 'alice', password: 'correct horse' }

/** The header of a client that authenticates by HTTP Basic. */
export function basic(id: string, secret: string): { readonly authorization: string } {
  const pair = [id, secret].map((part) => encodeURIComponent(part).replaceAll('%20', '+')).join(':')
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

export async function issuingApp(options: IssuingAppOptions = {}): Promise<IssuingApp> {
  const { host = express5Host, routes = {}, before = [] } = options
  const clock = createTestClock()
  const env = createEnvironment({ clock, ...options.environment })
  onTestFinished(() => env.close())
  const events = captureEvents(env)
  onTestFinished(events.stop)
  const issuer = tokenIssuer({ issuer: ISSUER, audience: AUDIENCE, env, ...options.issuer } as TokenIssuerOptions)
  const mounted = issuer.routes({ prefix: '/auth', verifyCredentials: knowsAlice, ...routes })
  const app = await host.start({ use: [...before, mounted] })
  const send = async (route: string, body: string, type: string, headers: Record<string, string>): Promise<Told> => {
    const init = { method: 'POST', body, headers: { 'content-type': type, ...headers } }
    const response = await app.fetch(`/auth/${route}`, init)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { text }) as Told['body'],
    }
  }
  return {
    ...{ clock, env, events, issuer, app },
    post: (route, body, headers = {}) => send(route, JSON.stringify(body), 'application/json', headers),
    form: (route, fields, headers = {}) =>
      send(route, new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded', headers),
  }
}
