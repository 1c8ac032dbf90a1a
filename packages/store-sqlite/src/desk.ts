import { fileAt, isStillAt } from './file.ts'
import type { Batch, Outcome, Reply } from './messages.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { openFile, type OpenFile } from './open.ts'
import { Session } from './session.ts'
import { codeOf, Trouble } from './trouble.ts'

/** How long it is relied on that a file is where it was, in milliseconds. After each batch it is looked anyway. */
const TRUST = 100

/** An open file and what works on it. */
interface Open {
  readonly file: OpenFile
  readonly session: Session
}

/** Opens the file when there is something to do, does it, and sees to it that the file is still the one at the path. */
export class Desk {
  readonly #sqlite: NodeSqlite
  readonly #path: string
  #open: Open | undefined
  #told: Open | undefined
  #looked = 0

  constructor(sqlite: NodeSqlite, path: string) {
    this.#sqlite = sqlite
    this.#path = path
  }

  /** Does a batch. Answers when it is on the disk; never throws. */
  serve(batch: Batch): Reply {
    let outcomes: readonly Outcome[]
    try {
      const { file, session } = this.#ready(batch.now)
      outcomes = session.run(batch)
      // What went into a file that is no longer there is lost.
      if (!isStillAt(this.#path, file.birth.fileId)) throw new Trouble('ERR_SQLITE_MOVED')
      this.#looked = batch.now
      if (batch.tidy) session.tidy()
    } catch (thrown) {
      const code = codeOf(thrown)
      outcomes = batch.jobs.map(() => ({ code }))
      this.#looked = 0
    }
    const birth = this.#open === this.#told ? undefined : this.#open?.file.birth
    this.#told = this.#open
    return { outcomes, birth }
  }

  close(): void {
    this.#open?.session.close()
  }

  #ready(now: number): Open {
    const before = this.#open
    if (before !== undefined && Math.abs(now - this.#looked) < TRUST) return before
    if (before !== undefined && isStillAt(this.#path, before.file.birth.fileId)) {
      const { path, id } = before.file.memory
      if (fileAt(path)?.id !== id) throw new Trouble('ERR_SQLITE_WAL_LOST')
      return before
    }
    this.#open = openSession(openFile(this.#sqlite, this.#path, now, before?.file.memory.id))
    // Only now: the last one to close a file that was merely emptied would fill it again from its WAL.
    before?.session.close()
    return this.#open
  }
}

function openSession(file: OpenFile): Open {
  try {
    return { file, session: new Session(file) }
  } catch (thrown) {
    file.db.close()
    throw thrown
  }
}
