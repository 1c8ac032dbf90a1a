import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker, type Transferable } from 'node:worker_threads'
import { debugOf, originOf } from '@sallyport/core'
import type { Batch, Order, Reply, ThreadData } from './messages.ts'
import { Trouble } from './trouble.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(reason: Trouble): void
}

const PROGRAM = './writing-thread.js'

const debug = debugOf('store-sqlite')

/** The writing thread: started when it is needed, and again when it has ended. It keeps the process alive while it is waited for. */
export class WritingThread {
  readonly #path: string
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  #worker: Worker | undefined
  #waiting: Waiting | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** One order at a time. @throws Trouble when the thread ended; what it was doing may have happened */
  serve(batch: Batch, handOver: readonly Transferable[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (this.#worker !== undefined) return this.#send(this.#worker, batch, handOver)
      this.#start().then(
        (worker) => this.#send(worker, batch, handOver),
        (thrown: unknown) => this.#end(thrown),
      )
    })
  }

  /** Ends the thread once it has closed the file. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    this.#post(worker, 'close')
    await ended
  }

  #send(worker: Worker, batch: Batch, handOver: readonly Transferable[]): void {
    try {
      this.#post(worker, batch, handOver)
      worker.ref()
    } catch (thrown) {
      this.#end(thrown)
    }
  }

  #post(worker: Worker, order: Order, handOver?: readonly Transferable[]): void {
    worker.postMessage(order, handOver)
    Atomics.add(this.#bell, 0, 1)
    Atomics.notify(this.#bell, 0)
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(await program(), {
      name: 'sallyport-store-sqlite',
      workerData: { path: this.#path, bell: this.#bell } satisfies ThreadData,
      // None of the app's own (`--import` and the like). What Node says of SQLite it has said to the app already.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    worker.on('message', (reply: Reply) => {
      worker.unref()
      this.#take()?.resolve(reply)
    })
    let cause: unknown
    worker.on('error', (thrown) => (cause = thrown))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      this.#end(cause)
    })
    worker.unref()
    return (this.#worker = worker)
  }

  #end(cause: unknown): void {
    if (cause !== undefined) {
      const { name, at = '' } = originOf(cause)
      debug(`the writing thread ended: ${name} ${at}`)
    }
    this.#take()?.reject(new Trouble('ERR_SQLITE_THREAD'))
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    return waiting
  }
}

/** Beside this file; in CommonJS made by a transformer only `__filename` tells where that is. Elsewhere a global one may mean anything. */
async function program(): Promise<URL> {
  if (typeof __filename === 'string') {
    const beside = new URL(PROGRAM, pathToFileURL(__filename))
    if (existsSync(beside)) return beside
  }
  return new URL(PROGRAM, (await import('./here.ts')).here)
}
