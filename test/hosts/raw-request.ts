import { request } from 'node:http'
import type { RunningApp } from './host.ts'

/** What came back. */
export interface RawResponse {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

/** A request that `fetch` would not send: a `Host` of one's own, a header twice, any target. */
export function rawRequest(
  app: Pick<RunningApp, 'port'>,
  options: {
    readonly method?: string
    readonly path: string
    /** A list of pairs sends names as often as they come. */
    readonly headers?: Readonly<Record<string, string | readonly string[]>> | readonly string[]
    readonly body?: string
  },
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: app.port,
      method: options.method ?? 'GET',
      path: options.path,
      headers: options.headers as never,
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let body = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (body += chunk))
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }))
      incoming.on('error', reject)
    })
    outgoing.end(options.body)
  })
}
