import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { RunningApp } from './host.ts'

/** Serves on a free port of 127.0.0.1 until the test is over. */
export async function listen(listener: RequestListener, errors: unknown[], tls?: ServerOptions): Promise<RunningApp> {
  const server = (tls ? createTlsServer(tls, listener) : createServer(listener)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  onTestFinished(close)
  return { origin, port, errors, fetch: (path, init) => fetch(origin + path, { redirect: 'manual', ...init }), close }
}
