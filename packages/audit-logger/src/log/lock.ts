import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who writes to a log. */
interface Holder {
  readonly host: string
  readonly boot: string
  readonly pid: number
  readonly start: string
  readonly mark: string
}

/** Whether the lock was got, and if not, who has it. */
export type LockState = { readonly held: true } | { readonly held: false; readonly by: string }

/**
 * The one writer of a folder. A holder that has ended is told by its process number together with when that process started; one on
 * another machine is taken to be alive, because nothing here can tell.
 */
export class WriterLock {
  readonly #file: string
  readonly #mine: Holder

  /** @param mark tells this writer from others of the same process, also after its thread was started again */
  constructor(file: string, pid: number, mark: string) {
    this.#file = file
    this.#mine = { host: hostname(), boot: bootId(), pid, start: startOf(pid), mark }
  }

  take(): LockState {
    const draft = `${this.#file}.${this.#mine.mark}`
    writeFileSync(draft, JSON.stringify(this.#mine), { mode: 0o600 })
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        try {
          // Linked and not written, so that nobody ever reads half of it.
          linkSync(draft, this.#file)
          return { held: true }
        } catch (thrown) {
          if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
        }
        const holder = read(this.#file)
        if (holder === undefined) continue
        if (holder.mark === this.#mine.mark) return { held: true }
        if (isAlive(holder)) return { held: false, by: `process ${holder.pid} on ${holder.host}` }
        this.#remove(this.#file, holder, draft)
      }
      return { held: false, by: 'others that come and go' }
    } finally {
      rmSync(draft, { force: true })
    }
  }

  /** Whether it is still ours: a person may have removed the file. */
  isMine(): boolean {
    return read(this.#file)?.mark === this.#mine.mark
  }

  release(): void {
    if (this.isMine()) rmSync(this.#file, { force: true })
  }

  /**
   * Of two that find the same dead holder one removes its file: whoever is first to link its grave. That is a lock of its own; whoever held
   * it may have been killed, too, and is then removed from it in the same way.
   */
  #remove(file: string, dead: Holder, draft: string): void {
    const grave = `${file}.dead-${dead.mark}`
    try {
      linkSync(draft, grave)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
      const digger = read(grave)
      if (digger !== undefined && !isAlive(digger)) this.#remove(grave, digger, draft)
      return
    }
    if (read(file)?.mark === dead.mark) rmSync(file, { force: true })
    rmSync(grave, { force: true })
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (thrown instanceof SyntaxError) return { host: 'an unknown machine', boot: '', pid: 0, start: '', mark: '' }
    throw thrown
  }
}

function isAlive({ host, boot, pid, start }: Holder): boolean {
  if (host !== hostname()) return true
  // The machine was started anew since.
  if (boot !== bootId()) return false
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(pid) === start
}

/** When a process started, in the kernel's count; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '')
  } catch {
    return ''
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}
