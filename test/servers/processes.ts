import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processes that a process has started and not yet seen end. */
export function childrenOf(pid: number): number[] {
  return numbers(read(`/proc/${pid}/task/${pid}/children`) ?? listed(pid))
}

/** Whether a process is there and has not ended; one that nobody has taken notice of yet has. */
export function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Signals those of the processes that are still there. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
}

/** Asks until the answer is yes. @throws Error after so many milliseconds */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limit = 30_000): Promise<void> {
  const end = performance.now() + limit
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not within ${limit} ms: ${what}`)
    await sleep(10)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Where there is no /proc. */
function listed(pid: number): string {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number)
}
