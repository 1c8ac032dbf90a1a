import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * How a server answers. `up`; `down`: 500 with a text that nobody may repeat; `hang`: not until `release()`; `reset`: it ends the
 * connection; `redirect`: to where the right answer is; `garbage`: no JSON; `html`: JSON that is declared as a page; `empty`: no keys, and
 * nothing of a token; `huge`: 2 MB; `lying`: keys of somebody else under the names of the right ones.
 */
export type ServerMode = 'up' | 'down' | 'hang' | 'reset' | 'redirect' | 'garbage' | 'html' | 'empty' | 'huge' | 'lying'

/** What `down` and `garbage` say: an app that repeats it leaks what others tell it. */
export const UPSTREAM_SECRET = 'upstream-secret-text'

/** A request to the server. */
export interface TestRequest {
  readonly method: string
  readonly authorization: string | undefined
  readonly form: URLSearchParams
}

/** A server that publishes documents, and can be made to fail. */
export interface TestServer {
  readonly origin: string
  /** Paths asked for, in order. */
  readonly requests: readonly string[]
  mode: ServerMode
  /** How long every answer takes, in milliseconds. @default 0 */
  delay: number
  /** Headers beside the type, such as `cache-control`. */
  headers: Record<string, string>
  /** What is answered as JSON, by path: `undefined` is 404, a number is an empty answer of that status. */
  readonly documents: Map<string, (request: TestRequest) => unknown>
  /** Lets what hangs go on. */
  release(): void
  close(): Promise<void>
}

/** What a mode says instead of the truth. */
export type Lie = (path: string) => unknown

/** Starts a server on a free port of 127.0.0.1. */
export async function startTestServer(lie: Lie = () => undefined): Promise<TestServer> {
  const requests: string[] = []
  const waiting = new Set<() => void>()
  const server = createServer((req, res) => {
    requests.push(req.url ?? '')
    void answer(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const own: TestServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    mode: 'up',
    delay: 0,
    headers: {},
    documents: new Map(),
    release() {
      for (const go of waiting) go()
      waiting.clear()
    },
    async close() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return own

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await textOf(req))
    const { mode } = own
    if (mode === 'hang') await new Promise<void>((resolve) => waiting.add(resolve))
    if (own.delay > 0) await pause(own.delay)
    const path = req.url ?? '/'
    const truth = (of = path): unknown =>
      own.documents.get(of)?.({ method: req.method ?? 'GET', authorization: req.headers.authorization, form })
    switch (mode) {
      case 'up':
      case 'hang':
        return give(res, truth())
      case 'down':
        return void res.writeHead(500).end(UPSTREAM_SECRET)
      case 'reset':
        return void req.socket.destroy()
      case 'redirect':
        // What it leads to would be accepted, if anybody followed.
        if (path.startsWith('/elsewhere')) return give(res, truth(path.slice('/elsewhere'.length)))
        return void res.writeHead(302, { location: `${own.origin}/elsewhere${path}` }).end()
      case 'garbage':
        return write(res, `{"keys": ${UPSTREAM_SECRET}`)
      case 'html':
        return void res.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(truth()))
      case 'empty':
        return give(res, { keys: [] })
      case 'huge':
        return give(res, { ...Object(truth()), pad: 'x'.repeat(2_000_000) })
      case 'lying':
        return give(res, lie(path) ?? truth())
    }
  }

  function give(res: ServerResponse, document: unknown): void {
    if (typeof document === 'number' || document === undefined) return void res.writeHead(document ?? 404).end()
    write(res, JSON.stringify(document))
  }

  function write(res: ServerResponse, body: string): void {
    res.writeHead(200, { 'content-type': 'application/json', ...own.headers }).end(body)
  }
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
