import type { Clock } from '@sallyport/core'

/** Bounds of one request. */
export interface FetchLimits {
  /** Milliseconds until the whole answer must be there. */
  readonly timeout: number
  readonly maxBytes: number
  readonly clock: Clock
  /** Ends the request when the environment closes. */
  readonly signal: AbortSignal
}

/** What a server answered. */
export interface Fetched {
  readonly document: unknown
  /** How much longer the answer is fresh, in seconds, as far as the server says. */
  readonly freshFor: number | undefined
}

/** Why a document could not be had, in fixed words: nothing that a server sent is repeated. */
export class FetchFailure extends Error {
  /** Set when the server did answer. */
  readonly status: number | undefined

  constructor(why: string, status?: number) {
    super(why)
    this.name = 'FetchFailure'
    this.status = status
  }
}

/** What is sent to a server that is not only read from. */
export interface FormPost {
  readonly headers: Readonly<Record<string, string>>
  readonly form: URLSearchParams
}

/**
 * Fetches a JSON document, or the answer to a form. Redirects are refused: they would let whoever answers choose where keys come from, or
 * where secrets go.
 * @throws FetchFailure
 */
export async function fetchJson(url: string, limits: FetchLimits, post?: FormPost): Promise<Fetched> {
  // By hand: what `AbortSignal.any` ties to a signal that lives as long as the environment stays in memory on Node 20.
  const { signal, abort, release } = tiedTo(limits.signal)
  let late = false
  const cancel = limits.clock.after(limits.timeout, () => {
    late = true
    abort()
  })
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', ...post?.headers },
      signal,
      ...(post && { method: 'POST', body: post.form }),
    })
    try {
      checkHead(response)
      const bytes = await readBounded(response, limits.maxBytes)
      return { document: parse(bytes), freshFor: freshnessOf(response.headers) }
    } finally {
      if (!response.bodyUsed) await response.body?.cancel()
    }
  } catch (thrown) {
    if (thrown instanceof FetchFailure) throw thrown
    throw new FetchFailure(late ? 'took too long' : 'could not be reached')
  } finally {
    cancel()
    release()
  }
}

interface Tied {
  readonly signal: AbortSignal
  readonly abort: () => void
  /** Unties it: nothing of it stays at the other signal. */
  readonly release: () => void
}

function tiedTo(other: AbortSignal): Tied {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (other.aborted) abort()
  other.addEventListener('abort', abort)
  return { signal: controller.signal, abort, release: () => other.removeEventListener('abort', abort) }
}

function checkHead({ status, headers }: Response): void {
  if (status >= 300 && status < 400) throw new FetchFailure('redirects', status)
  if (status !== 200) throw new FetchFailure(`answered ${status}`, status)
  if (!/^application\/(?:[\w.+-]+\+)?json *(?:;|$)/i.test(headers.get('content-type') ?? '')) {
    throw new FetchFailure('is not declared as JSON', status)
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw new FetchFailure(`is larger than ${maxBytes} bytes`, response.status)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new FetchFailure('is not JSON')
  }
}

/** RFC 9111, section 4.2, as far as it matters here: `max-age` less what caches on the way have used up of it. */
function freshnessOf(headers: Headers): number | undefined {
  const control = headers.get('cache-control')?.toLowerCase() ?? ''
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,])/.test(control)) return 0
  const [, maxAge] = /(?:^|[\s,])max-age="?(\d{1,10})/.exec(control) ?? []
  if (maxAge === undefined) return undefined
  const age = Number(/^\d{1,10}$/.exec(headers.get('age') ?? '')?.[0] ?? 0)
  return Math.max(0, Number(maxAge) - age)
}
