import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { guardedFolder } from './guard.ts'
import { freePort } from './ports.ts'
import { childrenOf, isRunning, signalAll, until } from './processes.ts'

/** A server of the test's own. */
export interface TestServer {
  readonly url: string
  readonly port: number
  /** Of the process that runs now, or ran last. */
  readonly pid: number
  /**
   * Ends it and waits for the end. SIGKILL takes its child processes along, as a power cut does.
   * @default 'SIGKILL'
   */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Stops it where it stands (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void
  /** Lets it go on (SIGCONT). */
  resume(): void
  /** Starts it anew on the same port, with the data that it had or without; one that still runs is killed first. Settles when it answers. */
  restart(options?: { readonly empty?: boolean }): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** How a kind of server is run. */
export interface ServerKind {
  readonly name: string
  /** What ends it when its test or its test's process has ended. */
  readonly endedBy: NodeJS.Signals
  /** Whom it runs as, where that is not who runs the tests. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  url(port: number): string
  /** Makes the folder for its data; nothing is there. */
  prepare(data: string): void | Promise<void>
  command(data: string, port: number): { readonly file: string; readonly args: readonly string[] }
  isReady(data: string, port: number, pid: number): boolean | Promise<boolean>
}

/** A port may be taken between its choice and the server's start. */
const ATTEMPTS = 5

/** Starts a server on a free port, in a folder of its own. */
export async function startServer(kind: ServerKind): Promise<TestServer> {
  const guarded = guardedFolder(kind.name, kind.endedBy)
  const data = join(guarded.folder, 'data')
  const log = join(guarded.folder, 'log')
  let port = 0
  let child: ChildProcess | undefined
  let pid = 0

  try {
    await kind.prepare(data)
    for (let attempt = 1; ; attempt++) {
      port = await freePort()
      try {
        await start()
        break
      } catch (failure) {
        if (attempt === ATTEMPTS || !/address already in use/i.test(String(failure))) throw failure
      }
    }
  } catch (failure) {
    await guarded.end()
    throw failure
  }

  return {
    url: kind.url(port),
    port,
    get pid() {
      return pid
    },
    kill,
    pause() {
      // The parent first: it starts no more of them.
      signalAll([pid], 'SIGSTOP')
      signalAll(childrenOf(pid), 'SIGSTOP')
    },
    resume: () => signalAll([...childrenOf(pid), pid], 'SIGCONT'),
    async restart({ empty = false } = {}) {
      await kill()
      if (empty) {
        rmSync(data, { recursive: true })
        await kind.prepare(data)
      }
      await start()
    },
    stop: () => guarded.end(),
  }

  async function start(): Promise<void> {
    const { file, args } = kind.command(data, port)
    // Into a file: a server never waits for a test that has no time to read.
    const output = openSync(log, 'w')
    const started = spawn(file, args, {
      cwd: data,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', output, output],
      detached: true,
      ...kind.user,
    })
    closeSync(output)
    started.unref()
    let failure: unknown
    started.once('error', (thrown) => (failure = thrown))
    pid = started.pid ?? 0
    if (started.pid !== undefined) guarded.watch(pid)
    // Its number may be another process's soon.
    started.once('exit', () => child === started && guarded.watch(undefined))
    child = started
    await until(`${kind.name} answers`, async () => {
      if (failure !== undefined) throw failure
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`${kind.name} ended: ${lastOf(log)}`)
      return kind.isReady(data, port, pid)
    })
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const ended = once(child, 'exit')
    const children = childrenOf(pid)
    signalAll([pid, ...(signal === 'SIGKILL' ? children : [])], signal)
    await ended
    await until(`all of ${kind.name} has ended`, () => !children.some(isRunning))
  }
}

/** The end of a log, on one line. */
function lastOf(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' | ')
}

/** A folder that only this user may enter. */
export function privateFolder(path: string): void {
  mkdirSync(path, { mode: 0o700 })
}
