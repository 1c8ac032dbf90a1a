import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardUpgrade, type Principal } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { openSocket, serveSockets, type SocketAttempt } from '../hosts/sockets.ts'
import { bearing, startWorld, type World } from './world.ts'

/** A WebSocket server that greets who got in. */
async function serve({ auth, access }: World): Promise<(token?: string) => Promise<SocketAttempt>> {
  const server = createServer((_req, res) => res.end())
  guardUpgrade(server, auth, access.require('orders:read'))
  serveSockets(server, (socket, req) => {
    const { principal } = req as IncomingMessage & { principal?: Principal }
    socket.send(`hello ${principal?.subject}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return (token) => openSocket(`ws://127.0.0.1:${port}`, token === undefined ? {} : { ...bearing(token).headers })
}

it('a socket opens for whoever has a token and the permission', async () => {
  const world = await startWorld()
  const open = await serve(world)
  const refused = await open()
  expect(refused.status).toBe(401)
  expect(refused.headers['www-authenticate']).toBe('Bearer realm="api"')
  expect((await open('not-a-token')).status).toBe(401)
  expect((await open(await world.token([]))).status).toBe(403)
  const socket = await open(await world.token(['viewer']))
  expect(await socket.message).toBe('hello alice')
})

it('an open socket is closed when its token, its session or its owner is revoked; the others stay', async () => {
  const world = await startWorld()
  const open = await serve(world)
  const now = Math.floor(world.clock.now() / 1000)
  const common = { issuer: world.issuer.issuer, expiresAt: now + 600, reason: 'test' }
  const sockets = await Promise.all(
    ['1', '2', '3', '4'].map(async (n) =>
      open(await world.token(['viewer'], { sub: `u${n}`, jti: `t${n}`, sid: `s${n}` })),
    ),
  )
  await Promise.all(sockets.map(({ message }) => message))
  await world.env.revocations.revoke({ kind: 'token', id: 't1', ...common })
  await sockets[0]!.closed
  await world.env.revocations.revoke({ kind: 'session', id: 's2', ...common })
  await sockets[1]!.closed
  await world.env.revocations.revoke({ kind: 'subject', subject: 'u3', notAfter: now, ...common })
  await sockets[2]!.closed
  expect(sockets[3]!.isOpen()).toBe(true)
})

it('an open socket is closed when its token expires', async () => {
  const world = await startWorld()
  const open = await serve(world)
  const socket = await open(await world.token(['viewer'], { exp: Math.floor(world.clock.now() / 1000) + 60 }))
  await socket.message
  await world.clock.advance(59_000)
  expect(socket.isOpen()).toBe(true)
  await world.clock.advance(1000)
  await socket.closed
})
