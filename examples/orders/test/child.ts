import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A compiled program that runs. */
export interface Child {
  /** Waits until stdout has what the pattern says; gives its first group. */
  says(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** What a program is started with besides its name. */
export interface Start {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Module for `node --import`. */
  readonly preload?: string
}

/** Starts a compiled program in a process of its own, with a clean environment. */
export function startChild(program: URL, { args = [], env = {}, preload }: Start = {}): Child {
  // Node calls its SQLite experimental until 24.15.
  const quiet = '--disable-warning=ExperimentalWarning'
  const flags = preload === undefined ? [quiet] : [quiet, '--import', preload]
  const child = spawn(process.execPath, [...flags, fileURLToPath(program), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }) as Ended)
  onTestFinished(() => void child.kill('SIGKILL'))

  return {
    ended,
    kill: (signal) => void child.kill(signal),
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(stdout)
        if (found) return found[1] ?? found[0]
        const over = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)])
        if (over && !pattern.test(stdout))
          throw new Error(`It ended without saying ${String(pattern)}:\n${stdout}\n${stderr}`)
      }
    },
  }
}
