import type { IncomingMessage } from 'node:http'
import { coreError } from '../errors.ts'
import type { RequestBody } from '../exchange.ts'
import { isPromise } from '../is-promise.ts'

/** A body on its way in. */
interface Incoming {
  /** What a parser has made of it, or a promise of that. */
  readonly parsed: unknown
  /** Whether somebody has begun to read it. */
  readonly consumed: boolean
  /** @throws SecurityError ERR_BODY_TOO_LARGE (413) beyond this many bytes */
  read(limit: number): Promise<Uint8Array>
}

/**
 * The body of a request: what a parser mounted before has made of it, else what is read here.
 * @throws SecurityError ERR_BODY_MALFORMED (400), ERR_BODY_TOO_LARGE (413), ERR_BODY_TYPE (415)
 */
export async function bodyOf(
  head: { header(name: string): string | undefined },
  { parsed: given, consumed, read }: Incoming,
  limit: number,
): Promise<RequestBody> {
  const parsed = isPromise(given) ? await given : given
  const type = mediaTypeOf(head.header('content-type'))
  // Some parsers leave an empty object where the type is none of theirs, and the body unread.
  if (!isEmpty(parsed) || consumed) {
    const raw = typeof parsed === 'string' || parsed instanceof Uint8Array
    return { type, value: raw ? parse(type, Buffer.from(parsed as string)) : parsed }
  }
  if (Number(head.header('content-length')) > limit) throw coreError('ERR_BODY_TOO_LARGE')
  // A few bytes can hold gigabytes, compressed.
  if ((head.header('content-encoding') ?? 'identity').toLowerCase() !== 'identity') throw coreError('ERR_BODY_TYPE')
  return { type, value: parse(type, await read(limit)) }
}

function isEmpty(parsed: unknown): boolean {
  if (parsed === undefined || parsed === null) return true
  return typeof parsed === 'object' && !(parsed instanceof Uint8Array) && Object.keys(parsed).length === 0
}

function mediaTypeOf(header = ''): string {
  return header.split(';', 1)[0]!.trim().toLowerCase()
}

/** Ended by events: leaving a loop over the request early would end the connection, and with it the answer. */
export function readNode(req: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength
      if (size <= limit) return void chunks.push(chunk)
      req.pause()
      leave()
      reject(coreError('ERR_BODY_TOO_LARGE'))
    }
    const end = (): void => {
      leave()
      resolve(Buffer.concat(chunks))
    }
    const fail = (): void => {
      leave()
      reject(coreError('ERR_BODY_MALFORMED'))
    }
    const leave = (): void => {
      req.off('data', take).off('end', end).off('error', fail).off('close', fail)
    }
    req.on('data', take).on('end', end).on('error', fail).on('close', fail)
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(type: string, bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined
  try {
    if (type === 'application/x-www-form-urlencoded') return fieldsOf(utf8.decode(bytes))
    if (/^application\/(?:[\w.+-]+\+)?json$/.test(type)) return JSON.parse(utf8.decode(bytes))
    // A token that is sent by itself, such as a security event (RFC 8935, section 2).
    if (/^application\/(?:[\w.+-]+\+)?jwt$/.test(type)) return utf8.decode(bytes)
  } catch {
    throw coreError('ERR_BODY_MALFORMED')
  }
  throw coreError('ERR_BODY_TYPE')
}

function fieldsOf(text: string): Readonly<Record<string, string | readonly string[]>> {
  const fields = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const values = fields.getAll(name)
      return [name, values.length === 1 ? values[0]! : values]
    }),
  )
}
