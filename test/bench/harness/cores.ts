import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Which core does what while a server is measured. */
export interface Cores {
  /** Puts a process, with all its threads, on the servers' core. */
  server(pid: number): void
  /** Puts a process on the load's core. */
  load(pid: number): void
  close(): void
}

/** In words, for the head of a table. */
export const coresInWords: string =
  'Servers share one core, the load has another, which a process of lowest priority keeps from falling asleep (where `taskset` ' +
  'is there and the machine has two cores).'

/**
 * Servers on one core and the load on another, so that neither pushes the other around.
 *
 * The load's core is kept awake. A fast server keeps the load busy; a slower one lets it fall asleep between two answers, and waking a
 * sleeping core is, by all signs, charged to the server that answers: with sleep allowed, about a third of what a guard added was
 * time in the kernel, while its system calls were the same in number. The cause is inferred from that, not traced.
 */
export function openCores(): Cores {
  if (availableParallelism() < 2 || spawnSync('taskset', ['--version']).status !== 0) {
    return { server: () => undefined, load: () => undefined, close: () => undefined }
  }
  const pin = (core: number, pid: number): void => {
    const { status } = spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)])
    if (status !== 0) throw new Error(`taskset could not put process ${pid} on core ${core}`)
  }
  const awake: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL('awake-child.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  pin(1, awake.pid!)
  return {
    server: (pid) => pin(0, pid),
    load: (pid) => pin(1, pid),
    close: () => void awake.kill('SIGKILL'),
  }
}
