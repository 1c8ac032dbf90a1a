import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http'
import { onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

/** What came of an attempt to open a WebSocket: a socket, or a plain HTTP response. */
export interface SocketAttempt {
  /** Status of the refusal; 101 when the socket is open. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The first message from the server. */
  readonly message: Promise<string>
  /** Settles when the socket is closed. */
  readonly closed: Promise<void>
  isOpen(): boolean
}

/** Serves WebSockets as an app does, with `ws`. */
export function serveSockets(server: Server, greet: (socket: WebSocket, req: IncomingMessage) => void): void {
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', greet)
}

/** Tries to open a WebSocket with the given request headers. */
export function openSocket(url: string, headers: Record<string, string> = {}): Promise<SocketAttempt> {
  const socket = new WebSocket(url, { headers })
  onTestFinished(() => socket.terminate())
  const message = new Promise<string>((resolve) =>
    socket.once('message', (data) => resolve((data as Buffer).toString())),
  )
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ status: 101, headers: {}, body: '', message, closed, isOpen }))
    socket.once('unexpected-response', (_req, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, message, closed, isOpen })
      })
    })
    socket.on('error', reject)
  })
}
