import { createEnvironment, type Environment } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { jwtAuth, type CommonOptions } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import { onTestFinished } from 'vitest'
import { startIssuer } from '../../packages/jwt-auth/test/support/test-issuer.ts'
import type { RunningApp } from '../hosts/host.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { startProxy, until, type FaultProxy, type TestServer } from '../servers/index.ts'
import { handlerOn } from './app.ts'
import type { Backend, Connection } from './backends.ts'
import { createShiftedClock, type ShiftedClock } from './clock.ts'

/** A process of an app, as far as state goes: its environment, and an Express and a Koa app on it. */
export interface Node {
  readonly env: Environment
  readonly apps: readonly RunningApp[]
  /** Changes of the health of a part, in order: `true` is well. */
  health(part: 'store' | 'revocations'): readonly boolean[]
}

/** A token, and what names it on the list of revocations. */
export interface Token {
  readonly jwt: string
  readonly jti: string
}

/** A server with a network that can fail before it, and a node behind that. */
export interface Scene {
  readonly backend: Backend
  /** The server that counts: another one after a failover. */
  server: TestServer
  /** What follows it, where there is such. */
  standby: TestServer | undefined
  readonly proxy: FaultProxy
  readonly clock: ShiftedClock
  readonly node: Node
  /** A token that is good now. */
  token(): Promise<Token>
  /** A node that starts now, with connections of its own; through the network, or past it. */
  startNode(options?: NodeOptions): Promise<Node>
  /** A connection past the network, for the test to end. */
  connect(): Connection
}

export interface NodeOptions extends Pick<CommonOptions, 'onStoreFailure'> {
  /** Whether it is spared what happens to the network. @default false */
  readonly direct?: boolean
}

let tokens = 0

/** A machine that is busy with other suites may take longer than a deadline for a first connection. */
export async function untilReady({ env }: Node): Promise<void> {
  const ready = (): Promise<boolean> =>
    env.revocations.ready().then(
      () => true,
      () => false,
    )
  await until('the node is ready', ready)
}

/** Sets the scene; all of it ends with the test. */
export async function setScene(
  backend: Backend,
  { standby: follows = false, ...options }: NodeOptions & { readonly standby?: boolean } = {},
): Promise<Scene> {
  const server = await backend.start({ persist: true })
  onTestFinished(() => scene.server.stop())
  const standby = follows ? await backend.start({ persist: true, replicaOf: server }) : undefined
  onTestFinished(() => scene.standby?.stop())
  const proxy = await startProxy(server.port)
  onTestFinished(() => proxy.stop())
  const clock = createShiftedClock()
  const issuer = await startIssuer({ clock })
  onTestFinished(() => issuer.close())

  const scene: Omit<Scene, 'node'> = {
    ...{ backend, server, standby, proxy, clock, startNode },
    async token() {
      const jti = `token-${String(tokens++)}`
      return { jti, jwt: await issuer.token({ claims: { roles: ['viewer'], jti } }) }
    },
    connect: () => backend.connect(scene.server.port),
  }
  const node = await startNode(options)
  await untilReady(node)
  return Object.assign(scene, { node })

  async function startNode({ direct = false, ...policy }: NodeOptions = {}): Promise<Node> {
    const connection = backend.connect(direct ? scene.server.port : proxy.port)
    const env = createEnvironment({ store: connection.store, clock })
    onTestFinished(async () => {
      await env.close()
      // What is half-open would hold up the end of the client, which is the app's.
      proxy.reset()
      await connection.end()
    })
    const events = captureEvents(env)
    onTestFinished(events.stop)
    const auth = jwtAuth({ issuer: issuer.issuer, audience: 'orders-api', jwksUri: issuer.jwksUri, env, ...policy })
    const access = rbac({ roles: { viewer: ['orders:read'] }, env })
    const spec = { use: [auth], route: [access.require('orders:read')], handler: handlerOn(env, issuer.issuer) }
    return {
      env,
      apps: [await express5Host.start(spec), await koa3Host.start(spec)],
      health: (part) =>
        events.of('health.changed').flatMap(({ detail }) => (detail.part === part ? [detail.healthy] : [])),
    }
  }
}
