import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { exchangeOf, identify, type Environment, type Exchange } from '@sallyport/core'

interface Parsed {
  _addHeaderLines(lines: readonly string[], count: number): void
}

/** A request that no socket carries, for what parsers make of its headers: as many a second as a processor can. */
export interface Head {
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Address of the connection's other end. */
  readonly peer?: string
}

/** Makes the exchange that gates would see. */
export function exchangeMaker(env: Environment): (head: Head) => Exchange {
  const gate = identify(() => undefined, { env })
  return ({ headers = [], peer = '192.0.2.1' }) => {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: peer })
    const req = new IncomingMessage(socket)
    // As Node's parser does, so that `headers` comes about with Node's own ideas of what stands there twice.
    const lines = headers.flat()
    ;(req as unknown as Parsed)._addHeaderLines(lines, lines.length)
    gate(req, new ServerResponse(req), () => undefined)
    return exchangeOf(req)!
  }
}
