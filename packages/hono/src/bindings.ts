import type { IncomingMessage, ServerResponse } from 'node:http'

/** What @hono/node-server gives with every request. */
export interface NodeBindings {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** Node's request and response behind a request of Hono; nothing on another server, and in `app.request()`. */
export function bindingsOf(env: unknown): NodeBindings | undefined {
  const { server, incoming, outgoing } = (env ?? {}) as Partial<NodeBindings> & { readonly server?: unknown }
  if (incoming && outgoing) return { incoming, outgoing }
  // Where a development server stands between them.
  return server === undefined ? undefined : bindingsOf(server)
}
