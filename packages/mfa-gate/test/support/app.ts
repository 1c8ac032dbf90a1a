import { randomBytes } from 'node:crypto'
import {
  createEnvironment,
  createKeyRing,
  fromSession,
  identify,
  type Environment,
  type EnvironmentOptions,
  type Middleware,
} from '@sallyport/core'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import {
  mfaGate,
  recoveryCodes,
  totp,
  type MfaGate,
  type MfaGateOptions,
  type MfaRoutesOptions,
} from '@sallyport/mfa-gate'
import { generate } from 'otplib'
import { onTestFinished } from 'vitest'
import type { AppSpec, Host, Native, RunningApp } from '../../../../test/hosts/host.ts'
import { sessions } from '../../../../test/hosts/natives.ts'
import { rawRequest } from '../../../../test/hosts/raw-request.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'

const keyRing = createKeyRing({ keys: [{ id: 'test', key: randomBytes(32) }] })

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const ada = { issuer: 'local', subject: 'ada' }
export const PASSWORD = 'correct horse battery'

/** What the app's session says of who logged in. */
export interface SessionLogin {
  readonly user?: string
  readonly amr?: readonly string[]
  readonly roles?: readonly string[]
  readonly tenant?: string
  readonly authTime?: number
}

/** An environment that ends with the test. */
export function testEnvironment(options: EnvironmentOptions = {}): Environment {
  const env = createEnvironment({ keyRing, storeDeadline: 10_000, ...options })
  onTestFinished(() => env.close())
  return env
}

export interface Scene {
  readonly clock: TestClock
  readonly env: Environment
  readonly events: CapturedEvents
  readonly mfa: MfaGate
}

export type SceneOptions = Partial<Omit<MfaGateOptions, 'env'>> & { readonly environment?: EnvironmentOptions }

/** A gate with the common factors, on a clock of the test's. */
export function scene({ environment = {}, ...options }: SceneOptions = {}): Scene {
  const clock = createTestClock()
  const env = testEnvironment({ clock, ...environment })
  const events = captureEvents(env)
  onTestFinished(events.stop)
  const mfa = mfaGate({
    factors: [totp({ issuer: 'Shop' }), recoveryCodes()],
    verifyPassword: (_account, password) => password === PASSWORD,
    ...options,
    env,
  })
  return { clock, env, events, mfa }
}

/** What was answered. */
export interface Told {
  readonly status: number
  readonly body: ToldBody
  readonly headers: NodeJS.Dict<string | string[]>
}

/** What tests read out of answers; what they compare whole need not stand here. */
export interface ToldBody {
  readonly code?: string
  readonly secret: string
  readonly uri: string
  readonly qr: { readonly svg: string; readonly png: string }
  readonly enrolment: string
  readonly authenticator: string
  readonly authenticators: readonly { readonly id: string; readonly kind: string; readonly name: string }[]
  readonly challenge: string
  readonly codes: readonly string[]
  readonly devices: readonly { readonly id: string; readonly name: string }[]
  readonly access_token: string
  readonly satisfied: boolean
  readonly principal: unknown
  readonly options: never
  readonly number: number
}

/** A browser: keeps its cookies, and proves the same origin. */
export interface Browser {
  readonly cookies: Map<string, string>
  /** Posts a form, as a page without scripts does. */
  form(path: string, fields: Record<string, string>): Promise<Told>
  get(path: string, headers?: Record<string, string>): Promise<Told>
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Told>
}

export interface MfaApp extends Scene {
  readonly app: RunningApp
  browser(): Browser
}

export interface MfaAppOptions extends SceneOptions {
  readonly host?: Host
  readonly login?: SessionLogin | (() => SessionLogin)
  readonly use?: (scene: Scene) => AppSpec['use']
  readonly route?: (scene: Scene) => readonly Middleware[]
  readonly routes?: MfaRoutesOptions
  readonly handler?: AppSpec['handler']
}

/** An app with a session login of its own, the routes, and whatever gates a test puts before `/orders`. */
export async function mfaApp(options: MfaAppOptions = {}): Promise<MfaApp> {
  const {
    host = express5Host,
    login = { user: 'ada', amr: ['pwd'] },
    use,
    route,
    routes = {},
    handler,
    ...rest
  } = options
  const made = scene(rest)
  const fill = typeof login === 'function' ? login : () => login
  const app = await host.start({
    use: [
      filled(fill),
      identify(
        fromSession(({ user, ...parts }: SessionLogin) =>
          user === undefined ? undefined : { subject: user, ...parts },
        ),
        { env: made.env },
      ),
      made.mfa.routes(routes),
      ...(use?.(made) ?? []),
    ],
    ...(route && { route: route(made) }),
    handler: handler ?? (({ principal }) => ({ body: { principal } })),
  })
  return { ...made, app, browser: () => browserOf(app) }
}

/** A login by the session, which the test changes as it likes. */
function filled(fill: () => SessionLogin): Native {
  const values: Record<string, unknown> = {}
  const inner = sessions(values)
  const refresh = (): void => {
    for (const name of Object.keys(values)) delete values[name]
    Object.assign(values, fill())
  }
  return {
    node(req, res, next) {
      refresh()
      inner.node(req, res, next)
    },
    koa: inner.koa.bind(inner),
    install(app) {
      const own = inner.install!(app)
      return (ctx, next) => {
        refresh()
        return own(ctx, next)
      }
    },
    fastify(app) {
      app.addHook('onRequest', (_request, _reply, done) => {
        refresh()
        done()
      })
      return inner.fastify!(app)
    },
  }
}

function browserOf(app: RunningApp): Browser {
  const cookies = new Map<string, string>()
  const send = async (
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Told> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await rawRequest(app, {
      method,
      path,
      headers: { 'sec-fetch-site': 'same-origin', ...(cookie !== '' && { cookie }), ...headers },
      ...(body !== undefined && { body }),
    })
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const isJson = response.headers['content-type']?.includes('json') === true && response.body !== ''
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(response.body) : response.body,
    }
  }
  return {
    cookies,
    form: (path, fields) =>
      send('POST', path, new URLSearchParams(fields).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-mode': 'navigate',
        accept: 'text/html',
      }),
    get: (path, headers = {}) => send('GET', path, undefined, headers),
    post: (path, body = {}, headers = {}) =>
      send('POST', path, JSON.stringify(body), { 'content-type': 'application/json', ...headers }),
  }
}

/** A code of an authenticator at the time of the test's clock. */
export function codeOf(secret: string, clock: TestClock): Promise<string> {
  return generate({ secret, epoch: Math.floor(clock.now() / 1000) })
}

/** Sets up an authenticator app by the routes, and gives its secret. The time step of the confirming code is over then. */
export async function enrolTotp(browser: Browser, clock: TestClock): Promise<string> {
  const begun = await browser.post('/mfa/enroll', { factor: 'totp', password: PASSWORD })
  const { secret, enrolment } = begun.body
  const confirmed = await browser.post('/mfa/enroll/confirm', { enrolment, code: await codeOf(secret, clock) })
  if (confirmed.status !== 201) throw new Error(`Not set up: ${JSON.stringify([begun.body, confirmed.body])}`)
  clock.set(clock.now() + 30 * SECOND)
  return secret
}
