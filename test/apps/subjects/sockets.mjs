import { once } from 'node:events'
import { createServer } from 'node:http'
import { guardUpgrade } from '@sallyport/core'
import express from 'express'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { WebSocket, WebSocketServer } from 'ws'

/** A server whose app and whose upgrades stand behind the gates. */
function guarded(gates) {
  const app = express()
  app.set('env', 'test')
  for (const gate of gates) app.use(gate)
  app.get('/', (_req, res) => res.send('over HTTP'))
  const server = createServer(app)
  if (gates.length > 0) guardUpgrade(server, ...gates.filter((gate) => gate.name !== 'hooks'))
  return server
}

async function talksByWebSocket(port) {
  const seen = []
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, ['one', 'two'])
  socket.on('upgrade', ({ statusCode, headers }) => seen.push([statusCode, Object.keys(headers)]))
  socket.on('message', (data, binary) => seen.push([binary, String(data)]))
  await once(socket, 'open')
  seen.push(socket.protocol)
  for (const text of ['first', Buffer.from('second'), 'bye']) socket.send(text)
  const [code, reason] = await once(socket, 'close')
  return [...seen, code, String(reason)]
}

async function talksBySocketIo(port, transports) {
  const seen = []
  const socket = io(`http://127.0.0.1:${port}`, {
    transports,
    auth: { name: 'ada' },
    reconnection: false,
    forceNew: true,
  })
  socket.onAny((...args) => seen.push(args))
  await once(socket, 'connect')
  seen.push(await socket.emitWithAck('ask', { n: 1 }, Buffer.from('bytes')))
  seen.push(socket.io.engine.transport.name)
  socket.disconnect()
  return seen
}

const handshake =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

export const subjects = [
  {
    name: 'ws',
    make(gates, journal) {
      const server = guarded(gates)
      const sockets = new WebSocketServer({ server, path: '/chat' })
      sockets.on('connection', (socket, req) => {
        socket.send(`welcome to ${req.url}`)
        socket.on('message', (data, binary) => {
          if (String(data) === 'bye') return socket.close(4001, 'as you wish')
          socket.send(data, { binary })
        })
        socket.on('close', (code) => journal(`closed ${code}`))
      })
      return { server, close: () => sockets.close() }
    },
    steps: [
      { path: '/' },
      { client: talksByWebSocket, awaits: 'closed 4001' },
      // A first frame in the same piece as the handshake must not be lost.
      { raw: `${handshake}\x81\x83\x00\x00\x00\x00bye`, leaveAfter: 'as you wish', awaits: 'closed' },
      { raw: handshake.replace('/chat', '/elsewhere') },
      { raw: handshake.replace('Version: 13', 'Version: 7') },
    ],
  },
  {
    name: 'socket.io',
    make(gates) {
      const server = guarded(gates)
      const sockets = new Server(server)
      sockets.on('connection', (socket) => {
        socket.emit('greeting', socket.handshake.auth.name)
        socket.on('ask', (question, bytes, answer) => answer({ ...question, bytes: String(bytes) }))
      })
      return { server, close: () => sockets.close() }
    },
    steps: [
      { path: '/' },
      { path: '/socket.io/?EIO=4&transport=none' },
      { path: '/socket.io/socket.io.js', headers: { 'If-None-Match': '"4.8.4"' } },
      { client: (port) => talksBySocketIo(port, ['websocket']) },
      { client: (port) => talksBySocketIo(port, ['polling']) },
    ],
  },
]
