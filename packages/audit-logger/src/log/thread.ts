import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { auditError } from '../errors.ts'
import type { LogSettings, Order, Reply, Results } from './messages.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(reason: Error): void
}

const PROGRAM = './writing-thread.js'

/** The writing thread: started when it is needed, and again when it has ended. It keeps the process alive while it is waited for. */
export class WritingThread {
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  #settings: LogSettings
  #worker: Worker | undefined
  #waiting: Waiting | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(settings: LogSettings) {
    this.#settings = settings
  }

  /** One order after the other. @throws SecurityError of this package */
  serve<O extends Order>(order: O): Promise<Results[O['do']]> {
    const served = this.#turn.then(() => this.#serve(order))
    this.#turn = served.catch(() => undefined)
    return served
  }

  async #serve<O extends Order>(order: O): Promise<Results[O['do']]> {
    if (order.do === 'close' && this.#worker === undefined) return { size: 0 } as Results[O['do']]
    if (order.do === 'sign-with') this.#settings = { ...this.#settings, signingKeys: order.signingKeys }
    const worker = (this.#worker ??= await this.#start())
    const exit = order.do === 'close' ? new Promise((resolve) => worker.once('exit', resolve)) : undefined
    worker.ref()
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      worker.postMessage(order, [])
      Atomics.add(this.#bell, 0, 1)
      Atomics.notify(this.#bell, 0)
    })
    // Whoever closes waits until the file is closed, too.
    if (exit !== undefined) worker.ref()
    await exit
    if ('code' in reply) throw auditError(reply.code, { message: reply.message })
    return reply.result as Results[O['do']]
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(await program(), {
      name: 'sallyport-audit-logger',
      workerData: { settings: this.#settings, bell: this.#bell },
      // None of the app's own (`--import` and the like).
      execArgv: [],
    })
    worker.on('message', (reply: Reply) => {
      worker.unref()
      this.#take()?.resolve(reply)
    })
    worker.on('error', () => undefined)
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      this.#take()?.reject(
        auditError('ERR_AUDIT_UNAVAILABLE', { message: 'The thread that writes the audit log has ended' }),
      )
    })
    worker.unref()
    return worker
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    return waiting
  }
}

/** Beside this file; in CommonJS made by a transformer only `__filename` tells where that is. */
async function program(): Promise<URL> {
  if (typeof __filename === 'string') {
    const beside = new URL(PROGRAM, pathToFileURL(__filename))
    if (existsSync(beside)) return beside
  }
  return new URL(PROGRAM, (await import('./here.ts')).here)
}
