import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startIssuer, type TestIssuer } from '../../packages/jwt-auth/test/support/test-issuer.ts'
import { startPostgres, startProxy, startRedis, type TestServer } from '../servers/index.ts'
import { bearing } from './world.ts'

/** What a subscriber says to its server, by which the network can tell it. */
const kinds = [
  { kind: 'redis', start: startRedis as () => Promise<TestServer>, subscribing: /SUBSCRIBE/i },
  { kind: 'postgres', start: startPostgres, subscribing: /LISTEN/i },
]

/** A process of an app, as its clients and its operator see it. */
interface Process {
  status(jwt: string): Promise<number>
  /** Settles when the revocation is acknowledged. */
  revoke(jti: string): Promise<void>
}

async function startProcess(kind: string, port: number, issuer: TestIssuer, pollInterval: number): Promise<Process> {
  const settings = { kind, port, pollInterval, issuer: issuer.issuer, jwksUri: issuer.jwksUri }
  const child: ChildProcess = fork(fileURLToPath(new URL('node-child.mjs', import.meta.url)), [
    JSON.stringify(settings),
  ])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [started] = (await once(child, 'message')) as [{ port: number }]
  return {
    async status(jwt) {
      const response = await fetch(`http://127.0.0.1:${started.port}/orders`, bearing(jwt))
      await response.arrayBuffer()
      return response.status
    },
    async revoke(jti) {
      child.send({ revoke: jti })
      await once(child, 'message')
    },
  }
}

/** How long another process goes on to accept a token, in milliseconds. */
async function acceptedFor(other: Process, jwt: string): Promise<number> {
  const start = performance.now()
  while ((await other.status(jwt)) === 200) await sleep(2)
  expect(await other.status(jwt)).toBe(401)
  return performance.now() - start
}

async function startOf(start: () => Promise<TestServer>): Promise<{ server: TestServer; issuer: TestIssuer }> {
  const server = await start()
  onTestFinished(() => server.stop())
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  return { server, issuer }
}

describe.each(kinds)(
  'what one process revokes, another one on the same $kind refuses',
  ({ kind, start, subscribing }) => {
    const POLL = 20_000

    it('at once, long before it would have looked by itself', async () => {
      const { server, issuer } = await startOf(start)
      const [one, other] = [
        await startProcess(kind, server.port, issuer, POLL),
        await startProcess(kind, server.port, issuer, POLL),
      ]
      for (const jti of ['first', 'second', 'third']) {
        const jwt = await issuer.token({ claims: { roles: ['viewer'], jti } })
        expect([await one.status(jwt), await other.status(jwt)]).toEqual([200, 200])
        await one.revoke(jti)
        expect(await one.status(jwt)).toBe(401)
        expect(await acceptedFor(other, jwt)).toBeLessThan(POLL / 4)
      }
    })

    it('within the poll interval where no hint gets through', async () => {
      const { server, issuer } = await startOf(start)
      const network = await startProxy(server.port)
      onTestFinished(() => network.stop())
      network.cut(subscribing)
      const [one, other] = [
        await startProcess(kind, server.port, issuer, POLL),
        await startProcess(kind, network.port, issuer, 500),
      ]
      for (const jti of ['first', 'second', 'third']) {
        const jwt = await issuer.token({ claims: { roles: ['viewer'], jti } })
        expect(await other.status(jwt)).toBe(200)
        await one.revoke(jti)
        // The reading itself, and a machine that has other things to do.
        expect(await acceptedFor(other, jwt)).toBeLessThan(500 + 500)
      }
      expect(network.cuts).toBeGreaterThan(0)
    })
  },
)
