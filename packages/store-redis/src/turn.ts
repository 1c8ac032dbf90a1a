import type { Send } from './link.ts'

/** Waits for the replicas once for all writes of a turn: each wait for itself would hold up those behind it. */
export class Turn {
  readonly #send: Send
  #waiting: Promise<unknown> | undefined

  constructor(send: Send) {
    this.#send = send
  }

  /** How many replicas have everything that was sent until now. */
  async confirmed(replicas: number, patience: number): Promise<number> {
    return Number(await (this.#waiting ??= this.#wait(replicas, patience)))
  }

  async #wait(replicas: number, patience: number): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#waiting = undefined
    return this.#send(['WAIT', String(replicas), String(patience)])
  }
}
