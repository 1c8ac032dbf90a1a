import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request, type Agent } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Middleware } from '@sallyport/core'
import type { Host } from '../../../../test/hosts/host.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { server, type TestCertificate } from '../../../../test/hosts/certificates.ts'

/** What an app answered over TLS. */
export interface TlsAnswer {
  readonly status: number
  readonly code: string | undefined
  /** Whether the handshake was a resumed one. */
  readonly resumed: boolean
}

/** Asks over a connection of its own. */
export type TlsAsk = (
  token: string,
  options?: { readonly client?: TestCertificate; readonly headers?: Record<string, string>; readonly agent?: Agent },
) => Promise<TlsAnswer>

/** Serves an app over TLS that asks clients for a certificate and takes any, also self-signed (RFC 8705, section 2.2). */
export async function tlsApp(gate: Middleware, host: Host = express5Host, maxVersion?: 'TLSv1.2'): Promise<TlsAsk> {
  const tls = { ...server, requestCert: true, rejectUnauthorized: false, ...(maxVersion && { maxVersion }) }
  const { port } = await host.start({ use: [gate], handler: () => ({ body: {} }), tls })

  return async (token, { client, headers = {}, agent } = {}) => {
    const outgoing = request({
      ...{ host: '127.0.0.1', port, path: '/orders', rejectUnauthorized: false },
      ...client,
      agent: agent ?? false,
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    const resumed = (response.socket as TLSSocket).isSessionReused()
    const text = (await response.toArray()).join('')
    return { status: response.statusCode!, code: (JSON.parse(text) as { code?: string }).code, resumed }
  }
}
