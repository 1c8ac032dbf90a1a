import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import {
  coreError,
  guardUpgrade,
  identify,
  onSecurityEvent,
  type Middleware,
  type Principal,
  type SecurityEvent,
} from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { expect, it, onTestFinished } from 'vitest'
import { openSocket, serveSockets } from '../../../test/hosts/sockets.ts'
import { bearer, environment, gate, later } from './support.ts'

/** A server whose sockets greet with the principal they were let in as. */
async function start(
  gates: readonly [Middleware, ...Middleware[]],
): Promise<{ url: string; port: number; server: Server; stop: () => void }> {
  const server = createServer((_req, res) => res.end('http'))
  // Mounted before the socket server listens: later listeners are guarded as well.
  const stop = guardUpgrade(server, ...gates)
  serveSockets(server, (socket, req) => {
    const { principal } = req as IncomingMessage & { principal?: Principal }
    socket.send(`hello ${principal?.subject ?? 'nobody'}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, port, server, stop }
}

const refuse = () => {
  throw coreError('ERR_UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer realm="ws"' } })
}

it('lets a socket in when all gates pass, and listeners see the principal', async () => {
  const env = environment()
  const { url } = await start([
    identify(() => bearer('ada'), { env }),
    gate(
      env,
      later(() => undefined),
    ),
  ])
  const socket = await openSocket(url)
  expect(await socket.message).toBe('hello ada')
})

it('refuses with an HTTP response, synchronous and asynchronous gates alike, and the listener is not called', async () => {
  for (const open of [refuse, later(refuse)]) {
    const { url } = await start([gate(environment(), open)])
    const refused = await openSocket(url)
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="ws"')
    expect(refused.body).toContain('ERR_UNAUTHENTICATED')
  }
})

it('gives a gate’s answer, and 503 for an unexpected exception', async () => {
  const env = environment()
  const { url } = await start([gate(env, () => ({ status: 303, headers: { location: '/login' } }))])
  expect(await openSocket(url)).toMatchObject({ status: 303, headers: { location: '/login' } })
  const failing = await start([
    gate(env, () => {
      throw new Error('secret')
    }),
  ])
  const refused = await openSocket(failing.url)
  expect(refused.status).toBe(503)
  expect(refused.body).not.toContain('secret')
})

it('attack: another site opens a WebSocket with the user’s cookies', async () => {
  const { url, port } = await start([identify(() => ({ subject: 'ada' }), { env: environment() })])
  expect((await openSocket(url, { origin: 'https://evil.test' })).status).toBe(403)
  expect((await openSocket(url, {})).status).toBe(403)
  expect((await openSocket(url, { 'sec-fetch-site': 'cross-site', origin: `http://127.0.0.1:${port}` })).status).toBe(
    403,
  )
  const own = await openSocket(url, { origin: `http://127.0.0.1:${port}` })
  expect(await own.message).toBe('hello ada')
})

it('closes an open socket when its session is revoked, and leaves the others', async () => {
  const env = environment()
  const { url } = await start([
    identify(
      (req: IncomingMessage) => bearer(String(req.headers['x-login']), { sid: `s-${String(req.headers['x-login'])}` }),
      { env },
    ),
  ])
  const ada = await openSocket(url, { 'x-login': 'ada' })
  const bob = await openSocket(url, { 'x-login': 'bob' })
  await Promise.all([ada.message, bob.message])
  const expiresAt = Math.floor(Date.now() / 1000) + 60
  await env.revocations.revoke({ kind: 'session', issuer: 'local', id: 's-ada', expiresAt, reason: 'logout' })
  await ada.closed
  expect(bob.isOpen()).toBe(true)
})

it('closes an open socket when its credential ends', async () => {
  const clock = createTestClock()
  const env = environment({ clock })
  const expiresAt = Math.floor(clock.now() / 1000) + 3600
  const { url } = await start([
    identify(() => bearer('ada', { credential: { kind: 'bearer', ambient: false, expiresAt } }), { env }),
  ])
  const socket = await openSocket(url)
  await socket.message
  await clock.advance(3_599_000)
  expect(socket.isOpen()).toBe(true)
  await clock.advance(2_000)
  await socket.closed
})

it('closes its sockets with the environment, and lets no new one in', async () => {
  const env = environment()
  const { url } = await start([identify(() => bearer('ada'), { env })])
  const socket = await openSocket(url)
  await socket.message
  await env.close()
  await socket.closed
  expect((await openSocket(url)).status).toBe(503)
})

it('taken away: sockets are not guarded any more, plain requests never were', async () => {
  const env = environment()
  const { url, stop, port } = await start([gate(env, refuse)])
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('http')
  stop()
  expect(await (await openSocket(url)).message).toBe('hello nobody')
})

it('survives a client that resets the connection while the gates decide', async () => {
  const env = environment()
  let release!: () => void
  let entered = false
  const held = new Promise<void>((resolve) => (release = resolve))
  const { port, url } = await start([
    gate(env, async () => {
      if (entered) return
      entered = true
      await held
    }),
  ])
  const client = connect(port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  await expect.poll(() => entered).toBe(true)
  client.resetAndDestroy()
  await new Promise((resolve) => setTimeout(resolve, 20))
  release()
  expect(await (await openSocket(url)).message).toBe('hello nobody')
})

it('publishes refusals', async () => {
  const env = environment()
  const seen: SecurityEvent[] = []
  onTestFinished(onSecurityEvent((event) => seen.push(event), { env }))
  const { port } = await start([gate(env, refuse, 'ws-door')])
  const req = request({
    port,
    host: '127.0.0.1',
    path: '/live',
    headers: { connection: 'upgrade', upgrade: 'websocket' },
  })
  req.end()
  const [response] = (await once(req, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(401)
  expect(seen).toMatchObject([{ type: 'gate.refused', detail: { gate: 'ws-door' }, request: { path: '/live' } }])
})
