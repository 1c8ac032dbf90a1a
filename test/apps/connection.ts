import { connect, type Socket } from 'node:net'
import { readAnswer } from './http-reader.ts'

/** A client that is nothing but a socket: it shows what the server really sent. */
export class Connection {
  readonly #socket: Socket
  #received = ''
  #ended = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    const over = (): void => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.on('end', over).on('close', over).on('error', over)
  }

  get ended(): boolean {
    return this.#ended
  }

  send(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1')
    else this.#socket.write(bytes)
  }

  /** The next answer, whole, with the interim responses before it. */
  async answer(method: string): Promise<string> {
    await this.#until(() => readAnswer(this.#received, method, this.#ended).complete)
    const { length } = readAnswer(this.#received, method, this.#ended)
    const bytes = this.#received.slice(0, length)
    this.#received = this.#received.slice(length)
    return bytes
  }

  /** All until `text`, which may also be in the middle of an answer. */
  async upTo(text: string): Promise<string> {
    await this.#until(() => this.#ended || this.#received.includes(text))
    return this.#received.slice(0, this.#received.indexOf(text) + text.length)
  }

  /** Whether the server ends the connection by itself after an answer that said so. */
  async closed(): Promise<void> {
    await this.#until(() => this.#ended)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
