import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A child process that answers calls, one at a time. */
export interface Child {
  /** The Node it runs on, such as `v24.21.0`. */
  readonly node: string
  readonly pid: number
  call<Value>(name: string, ...args: readonly unknown[]): Promise<Value>
  stop(): Promise<void>
}

interface Reply {
  readonly id?: number
  readonly ready?: string
  readonly value?: unknown
  readonly error?: string
}

/**
 * Starts a child file of this folder, which speaks through `ipc-child.mjs`.
 * @param node path of the Node binary to run it on
 * @param contender path of the module under test, relative to `contenders/`; nothing for the load generator
 */
export async function startChild(file: string, node: string, contender?: string): Promise<Child> {
  const who = contender ?? file
  const modules = contender === undefined ? [] : [new URL(`../contenders/${contender}`, import.meta.url).href]
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), modules, {
    execPath: node,
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    // Nothing of the caller's environment may change what is measured (NODE_OPTIONS, NODE_DEBUG, a peer's own variables).
    env: { NODE_ENV: 'production', PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let calls = 0
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const version = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${who}: the process ended with ${code} before it was ready`)))
    child.on('message', (reply: Reply) => {
      if (reply.ready !== undefined) return resolve(reply.ready)
      const call = waiting.get(reply.id!)
      waiting.delete(reply.id!)
      if (reply.error === undefined) call?.resolve(reply.value)
      else call?.reject(new Error(`${who}: ${reply.error}`))
    })
  })
  child.once('exit', (code) => {
    for (const call of waiting.values()) call.reject(new Error(`${who}: the process ended with ${code}`))
    waiting.clear()
  })
  return {
    node: version,
    pid: child.pid!,
    call<Value>(name: string, ...args: readonly unknown[]): Promise<Value> {
      return new Promise<unknown>((resolve, reject) => {
        const id = calls++
        waiting.set(id, { resolve, reject })
        child.send({ id, name, args })
      }) as Promise<Value>
    },
    stop() {
      child.kill('SIGKILL')
      return gone
    },
  }
}
