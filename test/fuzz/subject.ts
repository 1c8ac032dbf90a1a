import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment, fromGateway, guardUpgrade, identify, type Middleware } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { onTestFinished } from 'vitest'
import type { Host } from '../hosts/host.ts'
import { judge, type Inside, type Tried } from './judged.ts'
import { AUDIENCE, ISSUER, issuersJwk, NOW, SHARED_ISSUER, sharedSecret } from './tokens.ts'
import { WireClient, type WireRequest } from './wire.ts'

/** An app with everything in front of its one route. Its methods throw where the app did what no request may make it do. */
export interface Subject {
  ask(request: WireRequest): Promise<Tried>
  /** Bytes that are no request, perhaps. */
  pour(bytes: Uint8Array): Promise<Tried>
}

/** Starts an app on a host. */
export async function startSubject(host: Host): Promise<Subject> {
  const [identified, authenticated, permitted] = gates()
  const inside = { reached: 0 }
  const { port, errors } = await host.start({
    use: [identified, authenticated],
    route: [permitted],
    handler: () => {
      inside.reached++
      return { body: 'reached' }
    },
  })
  return subjectAt(port, Object.assign(inside, { errors }))
}

/** Starts a server that guards its upgrades with the same gates. */
export async function startUpgradeSubject(): Promise<Subject> {
  const inside: Inside = { reached: 0, errors: [] }
  const server = createServer((_req, res) => res.end()).listen(0, '127.0.0.1')
  guardUpgrade(server, ...gates())
  server.on('upgrade', (_req, socket) => {
    inside.reached++
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return subjectAt((server.address() as AddressInfo).port, inside)
}

/** `identify` for a gateway that is not there, `jwtAuth` with two issuers, header and cookie, and a permission. */
function gates(): [Middleware, Middleware, Middleware] {
  const env = createEnvironment({ clock: createTestClock(NOW * 1000), trustedProxies: ['10.0.0.0/8'] })
  onTestFinished(() => env.close())
  const issuers = [
    { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [issuersJwk] } },
    { issuer: SHARED_ISSUER, audience: AUDIENCE, secret: sharedSecret },
  ]
  return [
    identify(fromGateway({ subject: 'x-user', roles: 'x-roles' }), { env }),
    jwtAuth({ issuers, cookie: 'token', env }),
    rbac({ roles: { clerk: ['orders:read'] }, env }).require('orders:read'),
  ]
}

function subjectAt(port: number, inside: Inside): Subject {
  const client = new WireClient(port)
  onTestFinished(() => client.close())
  const judged = judge(inside)
  return { ask: (request) => judged(() => client.ask(request)), pour: (bytes) => judged(() => client.pour(bytes)) }
}
