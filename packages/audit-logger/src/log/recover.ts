import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { auditError } from '../errors.ts'
import { openNote, readVkey } from '../merkle/note.ts'
import { readCheckpoint, type Checkpoint } from '../merkle/checkpoint.ts'
import { tilesAt, WIDTH } from '../merkle/tile.ts'
import type { Tree } from '../merkle/tree.ts'
import { readArchive, whereIs } from './archive.ts'
import type { LogFolder } from './folder.ts'
import type { Opened } from './messages.ts'
import { BadBatch, batchesIn, type FoundBatch } from './segment.ts'

/** A log as it was found on the disk. */
export interface Found {
  readonly opened: Opened
  readonly tree: Tree
  /** First record of the last segment; nothing where there is none. */
  readonly segment: number | undefined
  readonly bytes: number
}

/** What a log is read with when it is opened. */
export interface RecoverSettings {
  readonly folder: LogFolder
  readonly vkeys: readonly string[]
  readonly key: Uint8Array | undefined
  /** Is given each tile that becomes full. */
  readonly tree: Tree
}

/**
 * Reads what was written since the last checkpoint, cuts a torn end, and compares with what was signed.
 * @throws SecurityError ERR_AUDIT_DAMAGED where records are missing, or are not those of the checkpoint
 */
export function recover({ folder, vkeys, key, tree }: RecoverSettings): Found {
  const note = folder.readCheckpoint()
  const signed = note === undefined ? undefined : signedBy(note, vkeys)
  const segments = folder.segments()
  restore(tree, folder, signed, segments[0] ?? 0)
  // Only the last segment can be torn; those before are read where records of them are in no tile yet.
  let cut: Opened['cut']
  let bytes = 0
  let end = tree.size
  const least = signed?.size ?? 0
  for (const [i, first] of segments.entries()) {
    const next = segments[i + 1]
    if (next !== undefined && next <= tree.size) continue
    if (first > tree.size) throw damaged(`records ${tree.size} to ${first - 1} are missing`)
    const found = readSegment(folder.segment(first), { first, key, last: next === undefined, least })
    let index = first
    for (const entry of found.entries) if (index++ >= tree.size) tree.append(entry)
    if (next !== undefined && index !== next) throw damaged(`records ${index} to ${next - 1} are missing`)
    cut = found.cut
    bytes = found.bytes
    end = index
  }
  if (segments.length === 0) end = 0
  if (end < least) throw missingAtEnd(end, least)
  return { opened: { size: tree.size, ...(cut && { cut }) }, tree, segment: segments.at(-1), bytes }
}

function signedBy(note: string, vkeys: readonly string[]): Checkpoint {
  try {
    return readCheckpoint(openNote(note, vkeys.map(readVkey)).text)
  } catch {
    throw damaged('its checkpoint is not signed by its key')
  }
}

/** Takes up the tree from the tiles of the checkpoint, as far as they lead to what was signed; else it is made anew of the records. */
function restore(tree: Tree, folder: LogFolder, signed: Checkpoint | undefined, oldest: number): void {
  if (signed === undefined) {
    if (oldest > 0) throw damaged('its first records, or its checkpoint, are missing')
    return
  }
  const levels: (readonly Uint8Array[])[] = []
  for (let level = 0; WIDTH ** level <= signed.size; level++) {
    const { full, partial } = tilesAt(signed.size, level)
    const hashes = partial === 0 ? [] : folder.readTile(level, full, partial)
    if (hashes === undefined) break
    levels.push(hashes)
  }
  tree.restore(signed.size, levels)
  if (Buffer.compare(tree.root(), signed.root) === 0) return
  if (oldest > 0) throw damaged('its tiles do not lead to the checkpoint')
  tree.restore(0, [])
}

interface Segment {
  readonly entries: readonly Buffer[]
  readonly bytes: number
  readonly cut?: Opened['cut']
}

interface Piece {
  readonly first: number
  readonly key: Uint8Array | undefined
  /** Only the last segment can be torn. */
  readonly last: boolean
  /** Records that there must be. */
  readonly least: number
}

function readSegment(file: string, { first, key, last, least }: Piece): Segment {
  const place = whereIs(file)
  const content = place.archived ? readArchive(place.file, key!) : readFileSync(file)
  const batches: FoundBatch[] = []
  let cut: Opened['cut']
  try {
    for (const batch of batchesIn(content, 0, true, key)) batches.push(batch)
  } catch (thrown) {
    if (!(thrown instanceof BadBatch)) throw thrown
    const at = batches.reduce((sum, { entries }) => sum + entries.length, first)
    if (!last || thrown.followed) {
      throw damaged(`the batch that begins with record ${at} was changed (byte ${thrown.at} of ${basename(file)})`)
    }
    // What was signed had been acknowledged: that is no torn end.
    if (at < least) throw missingAtEnd(at, least)
    const torn = content.subarray(thrown.at)
    cutTo(file, thrown.at)
    const sha256 = createHash('sha256').update(torn).digest('hex')
    cut = { bytes: torn.byteLength, sha256, segment: basename(file) }
  }
  const bytes = batches.at(-1)?.end ?? 0
  return { entries: batches.flatMap(({ entries }) => entries), bytes, ...(cut && { cut }) }
}

function missingAtEnd(end: number, least: number): Error {
  return damaged(`it ends at record ${end}, and its checkpoint says that there were ${least}`)
}

function cutTo(file: string, length: number): void {
  const handle = openSync(file, 'r+')
  try {
    if (fstatSync(handle).size > length) ftruncateSync(handle, length)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function damaged(what: string): Error {
  return auditError('ERR_AUDIT_DAMAGED', {
    message: `The audit log was damaged: ${what}. Run \`sallyport audit verify\``,
  })
}
