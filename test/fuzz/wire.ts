import { connect, type Socket } from 'node:net'

/** A request as it goes over the wire. Texts are Latin-1: one character is one byte. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  /** In order, names as often as they come. `Host` is one of them. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export function bytesOf({ method, target, headers }: WireRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', '']
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** What came back; status 0: the server closed the connection without an answer. */
export interface WireResponse {
  readonly status: number
  /** Everything, head and body. */
  readonly text: string
}

/** A client that sends any bytes there are, over one connection as long as the server keeps it. */
export class WireClient {
  readonly #port: number
  #socket: Socket | undefined

  constructor(port: number) {
    this.#port = port
  }

  /** Sends one request and waits for its response. */
  ask(request: WireRequest): Promise<WireResponse> {
    return this.#exchange(bytesOf(request), request.method === 'HEAD', false)
  }

  /** Sends bytes over a connection of their own, ends it, and waits until the server has too. */
  pour(bytes: Uint8Array): Promise<WireResponse> {
    this.close()
    return this.#exchange(bytes, false, true)
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #exchange(bytes: Uint8Array, bodiless: boolean, toTheEnd: boolean): Promise<WireResponse> {
    const socket = (this.#socket ??= connect({ port: this.#port, host: '127.0.0.1', noDelay: true }))
    return new Promise((resolve, reject) => {
      let text = ''
      const hung = setTimeout(() => {
        this.close()
        reject(new Error('The server has not answered for five seconds'))
      }, 5000)
      const settle = (): void => {
        clearTimeout(hung)
        socket.removeAllListeners()
        socket.on('error', () => undefined)
        resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text })
      }
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.close()
        settle()
      })
      socket.on('data', (chunk) => {
        text = withoutInterim(text + chunk.toString('latin1'))
        if (toTheEnd || !isComplete(text, bodiless)) return
        if (/\r\nconnection: close\r\n/i.test(text)) this.close()
        settle()
      })
      if (toTheEnd) socket.end(bytes)
      else socket.write(bytes)
    })
  }
}

/** `100 Continue` and its like come before the response. */
function withoutInterim(text: string): string {
  const end = text.indexOf('\r\n\r\n')
  return end !== -1 && /^HTTP\/1\.1 1\d\d/.test(text) ? withoutInterim(text.slice(end + 4)) : text
}

function isComplete(text: string, bodiless: boolean): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const head = text.slice(0, end)
  if (bodiless || /^HTTP\/1\.1 (?:204|304)/.test(head)) return true
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return text.endsWith('0\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  return length !== undefined && text.length >= end + 4 + Number(length)
}
