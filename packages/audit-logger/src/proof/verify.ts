import { LogFolder } from '../log/folder.ts'
import { openIdentity, readPublic } from '../log/identity.ts'
import { auditError } from '../errors.ts'
import { readCheckpoint, type Checkpoint } from '../merkle/checkpoint.ts'
import { openNote, readVkey } from '../merkle/note.ts'
import { hashesIn, tilesAt, WIDTH } from '../merkle/tile.ts'
import { Tree, type Tile } from '../merkle/tree.ts'
import type { ReadLogOptions } from '../read/log-reader.ts'
import { linesOf, sizeOf } from '../read/raw-lines.ts'
import { derivedKey } from '../vault/person.ts'
import { open } from '../vault/seal.ts'
import { compareTile, type Difference } from './difference.ts'

/** What is wrong with a log. */
export interface AuditProblem {
  readonly kind:
    | 'altered'
    | 'removed'
    | 'inserted'
    | 'reordered'
    | 'truncated'
    | 'replaced'
    | 'forged-checkpoint'
    | 'torn'
    | 'tile'
  /** The first record that is concerned. */
  readonly index?: number
  readonly message: string
}

/** What became of a verification. */
export interface VerifyReport {
  readonly ok: boolean
  readonly origin: string
  /** Records in the log. */
  readonly size: number
  /** The oldest record that is kept; those before were deleted on schedule. */
  readonly oldest: number
  /** Records that a checkpoint vouches for. */
  readonly signed: number
  readonly problems: readonly AuditProblem[]
}

/** What a log is verified with. */
export interface VerifyOptions extends ReadLogOptions {
  /**
   * Verifier keys that are trusted, written down when the log was made.
   * @default those that lie with the log, which whoever rewrote all of it would have changed, too
   */
  readonly vkeys?: readonly string[]
  /** Checkpoints that were kept elsewhere. Only they show that the log was cut, or replaced as a whole. @default [] */
  readonly checkpoints?: readonly string[]
  /** Told how many bytes of all were read. @default none */
  readonly onProgress?: (done: number, total: number) => void
}

/** Reads a whole log and compares it with what was signed. Names the first bad record. */
export async function verifyLog(options: VerifyOptions): Promise<VerifyReport> {
  const found = readPublic(options.directory)
  if (found === undefined) {
    throw auditError('ERR_AUDIT_NOT_FOUND', { message: `There is no audit log in ${options.directory}` })
  }
  const { keyRing, directory } = options
  const { logKey } = await openIdentity({ directory, keyRing }, undefined)
  const verification = new Verification(new LogFolder(directory), derivedKey(logKey, 'segments'))
  verification.trust(options.vkeys ?? found.vkeys, found.origin, options.checkpoints ?? [])
  await verification.run(options.onProgress)
  return { origin: found.origin, ...verification.report() }
}

class Verification {
  readonly #folder: LogFolder
  readonly #key: Buffer
  readonly #problems: AuditProblem[] = []
  readonly #anchors: Checkpoint[] = []
  readonly #tree: Tree
  #signed = 0
  #oldest = 0
  #pruned = 0
  #difference: Difference | undefined
  #mismatch: Checkpoint | undefined

  constructor(folder: LogFolder, key: Buffer) {
    this.#folder = folder
    this.#key = key
    this.#tree = new Tree((tile) => this.#compare(tile))
  }

  trust(vkeys: readonly string[], origin: string, elsewhere: readonly string[]): void {
    const local = this.#folder.readCheckpoint()
    const keys = vkeys.map(readVkey)
    for (const [i, note] of [local, ...elsewhere].entries()) {
      if (note === undefined) continue
      const where = i === 0 ? 'The log’s checkpoint' : `Checkpoint ${i} from elsewhere`
      try {
        const { text, signedBy } = openNote(note, keys)
        const checkpoint = readCheckpoint(text)
        if (checkpoint.origin !== origin || !signedBy.some(({ name }) => name === origin)) throw new Error('foreign')
        this.#anchors.push(checkpoint)
      } catch {
        this.#problem({ kind: 'forged-checkpoint', message: `${where} is not signed by a trusted key of ${origin}` })
      }
    }
    this.#signed = Math.max(0, ...this.#anchors.map(({ size }) => size))
  }

  async run(onProgress?: VerifyOptions['onProgress']): Promise<void> {
    const segments = this.#folder.segments()
    const sizes = segments.map((first) => sizeOf(this.#folder.segment(first)))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    let before = 0
    this.#oldest = segments[0] ?? 0
    this.#restore(this.#oldest)
    for (const [i, first] of segments.entries()) {
      if (first > this.#tree.size && this.#difference === undefined) {
        this.#problem({
          kind: 'removed',
          index: this.#tree.size,
          message: `Records ${this.#tree.size} to ${first - 1} are missing`,
        })
      }
      const size = sizes[i]!
      // An archive has more in it than its file says.
      await this.#segment(first, (read) => onProgress?.(before + Math.min(read, size), total))
      before += size
      onProgress?.(before, total)
    }
    for (const tile of this.#tree.partial.slice(0, 1)) this.#compare(tile)
    this.#name()
    if (this.#oldest > this.#pruned) {
      this.#problem({
        kind: 'removed',
        index: 0,
        message: `Records 0 to ${this.#oldest - 1} are missing, and no record says that they were deleted`,
      })
    }
  }

  report(): Omit<VerifyReport, 'origin'> {
    const { size } = this.#tree
    return {
      ok: this.#problems.length === 0,
      size,
      oldest: this.#oldest,
      signed: this.#signed,
      problems: this.#problems,
    }
  }

  async #segment(first: number, onRead: (bytes: number) => void): Promise<void> {
    let marked = true
    let read = 0
    for await (const lines of linesOf(this.#folder.segment(first), this.#key)) {
      for (const line of lines) {
        const mark = line[0] === 35
        if (mark) marked = true
        else {
          marked = false
          for (const entry of this.#entriesIn(line)) this.#take(entry)
        }
        read += line.length + 1
      }
      onRead(read)
    }
    if (!marked)
      this.#problem({
        kind: 'torn',
        message: 'The log ends in the middle of a batch; opening it for writing cuts that off',
      })
  }

  #entriesIn(line: Buffer): readonly Buffer[] {
    if (line[0] !== 64) return [line]
    try {
      const body = open(
        this.#key,
        Buffer.from(line.toString('latin1', 1), 'base64'),
        'sallyport audit segment',
      ).toString()
      return body
        .slice(0, -1)
        .split('\n')
        .map((one) => Buffer.from(one))
    } catch {
      this.#problem({
        kind: 'altered',
        index: this.#tree.size,
        message: `The sealed batch that begins with record ${this.#tree.size} was changed`,
      })
      return []
    }
  }

  #take(entry: Buffer): void {
    this.#tree.append(entry)
    if (entry.includes('"type":"audit.pruned"')) this.#pruned = Math.max(this.#pruned, prunedBefore(entry))
    for (const anchor of this.#anchors) {
      if (anchor.size !== this.#tree.size || Buffer.compare(anchor.root, this.#tree.root()) === 0) continue
      this.#mismatch ??= anchor
    }
  }

  /** Takes up the tree where the oldest record begins. */
  #restore(size: number): void {
    const levels: (readonly Uint8Array[])[] = []
    for (let level = 0; size > 0 && WIDTH ** level <= size; level++) {
      const { full, partial } = tilesAt(size, level)
      levels.push(
        partial === 0 ? [] : (this.#folder.readTile(level, full, partial) ?? this.#anyTile(level, full, partial)),
      )
    }
    this.#tree.restore(size, levels)
  }

  #anyTile(level: number, n: number, width: number): readonly Uint8Array[] {
    this.#problem({ kind: 'tile', message: `The tile of level ${level}, number ${n}, is missing` })
    return Array.from({ length: width }, () => new Uint8Array(32))
  }

  /** Compares hashes of records with those that were kept of them. */
  #compare({ level, n, hashes }: Tile): void {
    const start = level === 0 ? n * WIDTH : 0
    const most = Math.max(0, ...this.#anchors.map(({ size }) => Math.floor(size / WIDTH ** level)))
    const known = Math.min(WIDTH, most - n * WIDTH)
    if (known <= 0) return
    const kept = this.#folder.readTile(level, n, known)
    if (kept === undefined) {
      if (level === 0 || this.#difference === undefined) {
        this.#problem({ kind: 'tile', message: `The tile of level ${level}, number ${n}, is missing` })
      }
      return
    }
    if (level === 0) this.#difference ??= compareTile(start, kept, hashesIn(hashes))
    else if (this.#difference === undefined && compareTile(0, kept, hashesIn(hashes).slice(0, known)) !== undefined) {
      this.#problem({ kind: 'tile', message: `The tile of level ${level}, number ${n}, was changed` })
    }
  }

  #name(): void {
    const { size } = this.#tree
    const missing = this.#anchors.filter((anchor) => anchor.size > size)
    const { kind, index } = this.#difference ?? {}
    if (this.#mismatch !== undefined) {
      if (kind !== undefined) this.#problem({ kind, index: index!, message: sentences[kind](index!) })
      else
        this.#problem({
          kind: 'replaced',
          message: `The first ${this.#mismatch.size} records are not those that were signed`,
        })
    } else if (missing.length > 0 && kind !== undefined) {
      this.#problem({ kind, index: index!, message: sentences[kind](index!) })
    } else if (kind !== undefined) {
      this.#problem({ kind: 'tile', message: `The tile of level 0 with the hash of record ${index} was changed` })
    }
    if (missing.length > 0 && kind !== 'removed') {
      const signed = Math.max(...missing.map((anchor) => anchor.size))
      this.#problem({
        kind: 'truncated',
        index: size,
        message: `Records ${size} to ${signed - 1} are missing at the end`,
      })
    }
  }

  #problem(problem: AuditProblem): void {
    this.#problems.push(problem)
  }
}

const sentences = {
  altered: (index: number) => `Record ${index} was altered`,
  removed: (index: number) => `Record ${index} was removed`,
  inserted: (index: number) => `Record ${index} was inserted`,
  reordered: (index: number) => `Records ${index} and ${index + 1} were exchanged`,
} as const

function prunedBefore(entry: Buffer): number {
  try {
    const { detail } = JSON.parse(entry.toString()) as { detail?: { oldest?: unknown } }
    return typeof detail?.oldest === 'number' ? detail.oldest : 0
  } catch {
    return 0
  }
}
