import { Readable } from 'node:stream'
import type { PiiRedactor } from '../pii-redactor.ts'

/** Options of `redactingFetch`. */
export interface RedactingFetchOptions {
  /** Hosts that may be sent everything, such as one's own services. @default [] */
  readonly trusted?: readonly string[]
  /** What sends the request. @default the process's `fetch` */
  readonly fetch?: typeof fetch
}

/**
 * A `fetch` whose requests carry no personal data: bodies of JSON, text and forms, and the query. Works with undici's as well. A body that
 * cannot be looked through, such as a blob or a multipart form, is refused.
 *
 * ```ts
 * const send = redactingFetch(pii, { trusted: ['billing.internal'] })
 * ```
 */
export function redactingFetch(pii: PiiRedactor, options: RedactingFetchOptions = {}): typeof fetch {
  const { trusted = [], fetch: send = fetch } = options
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    if (trusted.includes(url.host) || trusted.includes(url.hostname)) return send(input, init)
    for (const [name, value] of [...url.searchParams]) {
      const { [name]: redacted = value } = pii.redact<Record<string, string>>({ [name]: value })
      if (redacted !== value) url.searchParams.set(name, redacted)
    }
    const type = request.headers.get('content-type')?.toLowerCase() ?? ''
    const headers = new Headers(request.headers)
    headers.delete('content-length')
    const body = await bodyOf(pii, request, type)
    const { method, signal, redirect } = request
    return send(url, { method, headers, signal, redirect, ...(body !== undefined && { body }) })
  }
}

async function bodyOf(pii: PiiRedactor, request: Request, type: string): Promise<string | undefined> {
  if (request.body === null) return undefined
  if (!/^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|x-ndjson|x-www-form-urlencoded))/.test(type)) {
    throw new TypeError(
      'redactingFetch: a body of this kind cannot be looked through; send it to a trusted host, or as text, JSON or a form',
    )
  }
  const text = await request.text()
  if (type.includes('form')) {
    const form = new URLSearchParams()
    for (const [name, value] of new URLSearchParams(text))
      form.append(name, pii.redact<Record<string, string>>({ [name]: value })[name] ?? '')
    return form.toString()
  }
  if (!type.includes('json')) return pii.redact(text)
  const stream = Readable.from([Buffer.from(text)]).pipe(pii.stream({ kind: 'json' }))
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
