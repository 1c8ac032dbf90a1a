import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens. */
export interface Serving {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string
  /** Takes no new requests, ends when the running ones are answered. */
  close(): Promise<void>
}

/**
 * Serves on 127.0.0.1: an example is nobody else's to reach.
 * @param port 0 takes a free one
 */
export async function serve(listener: RequestListener, port = 0): Promise<Serving> {
  const server = createServer(listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
