import { createEnvironment, fromGateway, identify, SecurityError, type Environment } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { onTestFinished } from 'vitest'
import type { Host } from '../hosts/host.ts'
import { AUDIENCE, ISSUER, issuersJwk, NOW, SHARED_ISSUER, sharedSecret } from './tokens.ts'
import { WireClient, type WireRequest, type WireResponse } from './wire.ts'

/** What came of one request. */
export interface Tried extends WireResponse {
  /** Whether the handler behind all gates ran. */
  readonly reached: boolean
}

/** An app with everything in front of its one route. */
export interface Subject {
  /** @throws where the app did what no request may make it do */
  ask(request: WireRequest): Promise<Tried>
  /** Bytes that are no request, perhaps. */
  pour(bytes: Uint8Array): Promise<Tried>
}

/** `identify` for a gateway that is not there, `jwtAuth` with two issuers, header and cookie, and a permission on the route. */
export async function startSubject(host: Host): Promise<Subject> {
  const env = createEnvironment({ clock: createTestClock(NOW * 1000), trustedProxies: ['10.0.0.0/8'] })
  onTestFinished(() => env.close())
  let reached = 0
  const app = await host.start({
    use: [identify(fromGateway({ subject: 'x-user', roles: 'x-roles' }), { env }), bothIssuers(env)],
    route: [rbac({ roles: { clerk: ['orders:read'] }, env }).require('orders:read')],
    handler: () => {
      reached++
      return { body: 'reached' }
    },
  })
  const client = new WireClient(app.port)
  onTestFinished(() => client.close())
  const strays = watchForStrays()

  return { ask: (request) => tried(() => client.ask(request)), pour: (bytes) => tried(() => client.pour(bytes)) }

  async function tried(act: () => Promise<WireResponse>): Promise<Tried> {
    reached = 0
    app.errors.length = 0
    const response = await act()
    if (strays.length > 0) throw new Error('Something was thrown or rejected that nobody caught', { cause: strays[0] })
    if (response.status >= 500) throw new Error(`The app answered ${response.status}`, { cause: app.errors[0] })
    const failed = app.errors.find((error) => SecurityError.is(error) && error.status >= 500)
    if (failed !== undefined) throw new Error('A gate failed', { cause: failed })
    if (response.status === 401 && !/\r\nwww-authenticate: /i.test(response.text)) {
      throw new Error('A 401 has no challenge (RFC 9110, section 15.5.2)', { cause: app.errors[0] })
    }
    return { ...response, reached: reached > 0 }
  }
}

function bothIssuers(env: Environment): ReturnType<typeof jwtAuth> {
  return jwtAuth({
    issuers: [
      { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [issuersJwk] } },
      { issuer: SHARED_ISSUER, audience: AUDIENCE, secret: sharedSecret },
    ],
    cookie: 'token',
    env,
  })
}

/** What nobody caught, until the test is over. */
function watchForStrays(): readonly unknown[] {
  const strays: unknown[] = []
  const note = (thrown: unknown): void => void strays.push(thrown)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, note)
    onTestFinished(() => void process.off(event, note))
  }
  return strays
}
