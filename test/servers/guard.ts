import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'

/** A folder of this process, and whoever sees to it that neither it nor what runs for it outlives this process. */
export interface Guarded {
  readonly folder: string
  /** Names the process that is to be ended with this one; `undefined` while there is none. */
  watch(pid: number | undefined): void
  /** Ends the process that is watched and removes the folder. */
  end(): Promise<void>
}

/**
 * Reads process ids, one a line, until its input ends: then it ends the last of them, and its children, and removes the folder. An
 * empty line says that nothing runs. Arguments: the folder, and the signal that ends the server.
 */
const GUARD = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  family="$pid $(cat "/proc/$pid/task/$pid/children" || pgrep -P "$pid")"
  # Who is stopped hears no other signal.
  kill -CONT $family
  kill "-$2" "$pid"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$pid" || break
    sleep 0.1
  done
  kill -KILL $family
fi
rm -rf "$1"
`

/**
 * Makes a temporary folder under guard. The test runner kills its workers when it likes, and no handler of theirs runs then: so the
 * guard is another process, which notices that its input has ended.
 */
export function guardedFolder(name: string, endedBy: NodeJS.Signals = 'SIGKILL'): Guarded {
  const folder = mkdtempSync(join(tmpdir(), `sallyport-${name}-`))
  // A server may run as a user of its own, who has to get to its data.
  chmodSync(folder, 0o755)
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', folder, endedBy.replace('SIG', '')], {
    // Ctrl-C on a terminal goes to the whole group, and the guard has to see it out.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const input = guard.stdin as Writable & { unref(): void }
  input.on('error', () => undefined)
  const exited = once(guard, 'exit')
  // Neither keeps this process alive.
  guard.unref()
  input.unref()
  return {
    folder,
    watch: (pid) => void input.write(`${pid ?? ''}\n`),
    async end() {
      guard.ref()
      input.end()
      await exited
    },
  }
}
