import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment, createMemoryStore, guardUpgrade } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { sessionTracker } from '@sallyport/session-tracker'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { openSocket, serveSockets } from '../../../test/hosts/sockets.ts'
import { startScene } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }

describeHosts('an event stream', (host) => {
  it('is cut off when its session ends, and the others go on', async () => {
    const { app, browser, sessions, acts } = await startScene(host, { own: true })
    const ids: string[] = []
    const open = async () => {
      const one = browser()
      ids.push(((await (await one.login()).json()) as { id: string }).id)
      const cookie = [...one.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      return { cookie }
    }
    acts.set('stream', ({ res, seen }) => {
      ;(seen as { respond?: boolean }).respond = false
      res.setHeader('content-type', 'text/event-stream')
      res.write('data: hello\n\n')
      return new Promise(() => undefined)
    })
    const first = await open()
    const second = await open()
    const readers = await Promise.all(
      [first, second].map(async ({ cookie }) => {
        const answer = await app.fetch('/orders?do=stream', { headers: { cookie, accept: 'text/event-stream' } })
        const reader = answer.body!.getReader()
        await reader.read()
        return reader
      }),
    )
    const rest = readers.map((reader) => reader.read())
    await sessions.end(ada, ids[0]!, { reason: 'test' })
    await expect(rest[0]).rejects.toThrow()
    const other = await Promise.race([rest[1]!, new Promise((resolve) => setImmediate(() => resolve('open')))])
    expect(other).toBe('open')
    await sessions.endAll(ada, { reason: 'test' })
    await expect(rest[1]).rejects.toThrow()
  })
})

it('an open WebSocket ends with its session, also when another node ends it, and at the end of its time', async () => {
  const clock = createTestClock(Date.now())
  const memory = createMemoryStore({ clock })
  const store = { ...memory, close: () => Promise.resolve() }
  const [here, there] = [createEnvironment({ store, clock }), createEnvironment({ store, clock })]
  onTestFinished(() => Promise.all([here.close(), there.close()]).then(() => undefined))
  const sessions = sessionTracker({ env: here, cookie: true, absolute: 7200, idle: 3600 })
  const elsewhere = sessionTracker({ env: there, cookie: true, absolute: 7200, idle: 3600 })
  const app = await express5Host.start({
    use: [sessions],
    handler: async ({ seen }) => ({ body: { id: (await sessions.track(seen, { subject: 'ada' })).id } }),
  })
  const login = async () => {
    const answer = await app.fetch('/orders', { headers: { 'sec-fetch-site': 'same-origin' } })
    const { id } = (await answer.json()) as { id: string }
    return {
      id,
      cookie: answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; '),
    }
  }
  const server = createServer((_req, res) => res.end())
  guardUpgrade(server, sessions)
  serveSockets(server, (socket, req) => {
    socket.send(`hello ${(req as { principal?: { subject: string } }).principal?.subject}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const connect = (cookie: string) =>
    openSocket(`ws://127.0.0.1:${port}`, { cookie, origin: `http://127.0.0.1:${port}` })
  const [first, second, third] = [await login(), await login(), await login()]
  const sockets = [await connect(first.cookie), await connect(second.cookie), await connect(third.cookie)]
  expect(await sockets[0]!.message).toBe('hello ada')
  await Promise.all(sockets.map(({ message }) => message))
  await sessions.end(ada, first.id, { reason: 'test' })
  await sockets[0]!.closed
  await elsewhere.end(ada, second.id, { reason: 'test' })
  await clock.advance(1000)
  await sockets[1]!.closed
  expect(sockets[2]!.isOpen()).toBe(true)
  await clock.advance(7_200_000)
  await sockets[2]!.closed
  // A page of another site may not open one with the user's cookie.
  const { cookie } = await login()
  expect((await openSocket(`ws://127.0.0.1:${port}`, { cookie, origin: 'https://evil.example' })).status).toBe(403)
})
