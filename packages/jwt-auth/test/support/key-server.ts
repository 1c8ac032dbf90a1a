import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * How a key server answers: `up`; `down`: 500 with a text that nobody may repeat; `hang`: never; `garbage`: no JSON; `html`; `empty`: a key set
 * without keys; `huge`; `redirect`; `reset`: ends the connection.
 */
export type ServerMode = 'up' | 'down' | 'hang' | 'garbage' | 'html' | 'empty' | 'huge' | 'redirect' | 'reset'

/** What `down` says: whoever lets it through leaks. */
export const UPSTREAM_SECRET = 'upstream-secret-text'

/** A server that publishes documents, and can be made to fail. */
export interface KeyServer {
  readonly origin: string
  /** Paths asked for, in order. */
  readonly requests: readonly string[]
  mode: ServerMode
  /** Headers beside the type. */
  headers: Record<string, string>
  /** Documents by path. */
  readonly documents: Map<string, () => unknown>
  /** Lets what hangs go on. */
  release(): void
  close(): Promise<void>
}

export async function startKeyServer(): Promise<KeyServer> {
  const requests: string[] = []
  const documents = new Map<string, () => unknown>()
  const waiting = new Set<() => void>()
  const server = createServer((req, res) => {
    requests.push(req.url ?? '')
    answer(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const keyServer: KeyServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    mode: 'up',
    headers: {},
    documents,
    release() {
      for (const go of waiting) go()
      waiting.clear()
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return keyServer

  function answer(req: IncomingMessage, res: ServerResponse): void {
    switch (keyServer.mode) {
      case 'up':
        return publish(req, res)
      case 'down':
        return void res.writeHead(500).end(UPSTREAM_SECRET)
      case 'hang':
        return void waiting.add(() => publish(req, res))
      case 'garbage':
        return json(res, `{"keys": ${UPSTREAM_SECRET}`)
      case 'html':
        return void res.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(documents.get('/jwks')?.()))
      case 'empty':
        return json(res, '{"keys":[]}')
      case 'huge':
        return json(res, `{"keys":[],"pad":"${'x'.repeat(2_000_000)}"}`)
      case 'redirect':
        // What it leads to would be accepted, if anybody followed.
        if (req.url === '/elsewhere') return json(res, JSON.stringify(documents.get('/jwks')?.()))
        return void res.writeHead(302, { location: `${keyServer.origin}/elsewhere` }).end()
      case 'reset':
        return void req.socket.destroy()
    }
  }

  function publish(req: IncomingMessage, res: ServerResponse): void {
    const document = documents.get(req.url ?? '')?.()
    if (document === undefined) res.writeHead(404).end()
    else json(res, JSON.stringify(document))
  }

  function json(res: ServerResponse, body: string): void {
    res.writeHead(200, { 'content-type': 'application/json', ...keyServer.headers }).end(body)
  }
}
