import { readCheckpoint, type Checkpoint } from '../merkle/checkpoint.ts'
import { HASH } from '../merkle/hash.ts'
import { openNote, readVkey } from '../merkle/note.ts'
import { hashesIn, WIDTH } from '../merkle/tile.ts'
import { Tree, type Tile } from '../merkle/tree.ts'
import type { LogSource } from '../read/log-reader.ts'
import { compareTile } from './difference.ts'
import type { AuditProblem, VerifyReport } from './verify.ts'

/** With what a log is compared. */
export interface VerifySourceOptions {
  /** Verifier keys that are trusted. @default those that lie with the log */
  readonly vkeys?: readonly string[]
  /** Checkpoints that were kept elsewhere. @default [] */
  readonly checkpoints?: readonly string[]
}

/**
 * Reads a whole log, wherever it is kept, and compares it with what was signed. Of one in a folder `verifyLog` can say more, because it
 * sees the files. A log whose first records were deleted on schedule is compared from where its tiles allow.
 */
export async function verifySource(source: LogSource, options: VerifySourceOptions = {}): Promise<VerifyReport> {
  const problems: AuditProblem[] = []
  const anchors = await anchorsOf(source, options, problems)
  const signed = Math.max(0, ...anchors.map(({ size }) => size))
  const [oldest = 0] = await source.pieces()
  const full: Tile[] = []
  const tree = new Tree((tile) => full.push(tile))
  if (oldest > 0) tree.restore(oldest, await levelsAt(source, oldest))
  let mismatch: Checkpoint | undefined
  let difference: ReturnType<typeof compareTile>
  for await (const { index, bytes } of source.entries(oldest)) {
    if (index !== tree.size) {
      problems.push({ kind: 'removed', index: tree.size, message: `Records ${tree.size} to ${index - 1} are missing` })
      break
    }
    tree.append(bytes)
    for (const tile of full.splice(0)) difference ??= await compared(source, tile, signed)
    mismatch ??= anchors.find(({ size, root }) => size === tree.size && Buffer.compare(root, tree.root()) !== 0)
  }
  for (const tile of tree.partial.slice(0, 1)) difference ??= await compared(source, tile, signed)
  if (mismatch !== undefined || (difference !== undefined && problems.length === 0)) {
    problems.push(
      difference
        ? { ...difference, message: `Record ${difference.index} was ${difference.kind}` }
        : { kind: 'replaced', message: `The first ${mismatch!.size} records are not those that were signed` },
    )
  }
  if (tree.size < signed && problems.length === 0) {
    problems.push({
      kind: 'truncated',
      index: tree.size,
      message: `Records ${tree.size} to ${signed - 1} are missing at the end`,
    })
  }
  return { ok: problems.length === 0, origin: source.origin, size: tree.size, oldest, signed, problems }
}

async function anchorsOf(
  source: LogSource,
  { vkeys = source.vkeys, checkpoints = [] }: VerifySourceOptions,
  problems: AuditProblem[],
): Promise<Checkpoint[]> {
  const own = await source.checkpoint()
  const anchors: Checkpoint[] = []
  for (const note of [...(own === undefined ? [] : [own]), ...checkpoints]) {
    try {
      const { text, signedBy } = openNote(note, vkeys.map(readVkey))
      const checkpoint = readCheckpoint(text)
      if (checkpoint.origin !== source.origin || !signedBy.some(({ name }) => name === source.origin))
        throw new Error('foreign')
      anchors.push(checkpoint)
    } catch {
      problems.push({
        kind: 'forged-checkpoint',
        message: `A checkpoint is not signed by a trusted key of ${source.origin}`,
      })
    }
  }
  return anchors
}

async function compared(
  source: LogSource,
  { level, n, hashes }: Tile,
  signed: number,
): Promise<ReturnType<typeof compareTile>> {
  const known = Math.min(hashes.byteLength / HASH, signed - n * WIDTH)
  if (level > 0 || known <= 0) return undefined
  return compareTile(n * WIDTH, await source.tile(level, n, known), hashesIn(hashes))
}

async function levelsAt(source: LogSource, size: number): Promise<(readonly Uint8Array[])[]> {
  const levels: (readonly Uint8Array[])[] = []
  for (let level = 0; WIDTH ** level <= size; level++) {
    const hashes = Math.floor(size / WIDTH ** level)
    const width = hashes % WIDTH
    levels.push(width === 0 ? [] : await source.tile(level, Math.floor(hashes / WIDTH), width))
  }
  return levels
}
