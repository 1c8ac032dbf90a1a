import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SecurityError, type Put, type Store } from '@sallyport/core'
import { createSqliteStore, type SqliteStoreOptions } from '@sallyport/store-sqlite'
import { onTestFinished } from 'vitest'

/** An hour, in milliseconds. */
export const HOUR = 3_600_000

/** A folder of the running test's own. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sqlite-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The path of a store that is not there yet. */
export async function tempPath(): Promise<string> {
  return join(await tempFolder(), 'store.db')
}

/** A store that is closed with the test. */
export function openStore(path: string, options: Omit<SqliteStoreOptions, 'path'> = {}): Store {
  const store = createSqliteStore({ path, ...options })
  onTestFinished(() => store.close())
  return store
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A put of a text, for an hour if nothing else is said. */
export function put(id: string, value: string, more: Partial<Put> = {}): Put {
  return { put: id, value: bytes(value), ttl: HOUR, ...more }
}

/** The text under an id of the partition `p`. */
export async function read(store: Store, id: string): Promise<string | undefined> {
  const entry = await store.get({ partition: 'p', id })
  return entry && new TextDecoder().decode(entry.value)
}

/** How a call was refused: status and code, for a 503 with the reason. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (thrown) {
    if (!SecurityError.is(thrown)) throw thrown
    return [thrown.status, thrown.code, thrown.origin?.code].filter((one) => one !== undefined).join(' ')
  }
  return 'not refused'
}

/** A process of its own, with the store at a path. */
export interface Other {
  /** What it has written to stdout. */
  readonly said: () => string
  /** Does one of the things in `other-process.mjs`. */
  ask<Answer>(what: string, terms?: object): Promise<Answer>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Starts another process. */
export async function startOther(path: string): Promise<Other> {
  const child = fork(fileURLToPath(new URL('other-process.mjs', import.meta.url)), [path], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text))
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  let asked = 0
  return {
    said: () => said,
    ask: (what, terms = {}) =>
      new Promise((resolve, reject) => {
        const number = asked++
        const hear = (answer: { number: number; result?: unknown; error?: string }): void => {
          if (answer.number !== number) return
          child.off('message', hear)
          if (answer.error === undefined) resolve(answer.result as never)
          else reject(new Error(answer.error))
        }
        child.on('message', hear)
        child.once('exit', () => reject(new Error('the other process ended')))
        child.send({ number, what, terms })
      }),
    async kill() {
      // `close`: also what was in its pipe has come.
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}
