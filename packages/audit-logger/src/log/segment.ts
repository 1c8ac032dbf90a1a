import { crc32 } from 'node:zlib'
import { open, seal } from '../vault/seal.ts'

// A segment is text: records, one a line; after those that were written together a line that says how many they are and what their
// bytes add up to. So a batch is there as a whole or not at all, and people can read the file. Sealed segments have one line for the
// records of a batch.

const NEWLINE = 10
const HASH_SIGN = 35
const AT = 64

/** For the context of the encryption: which log's records these are. */
const CONTEXT = 'sallyport audit segment'

/** Name of the segment that begins with a record. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}.log`
}

/** Index of a segment's first record, by its name. */
export function firstOf(name: string): number | undefined {
  const digits = /^(\d{16})\.log(?:\.gz)?$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Bytes of a batch as they are written. @param lines records with a line break after each */
export function encodeBatch(lines: Buffer, count: number, key: Uint8Array | undefined): Buffer {
  const body = key === undefined ? lines : Buffer.from(`@${seal(key, lines, CONTEXT).toString('base64')}\n`)
  return Buffer.concat([body, Buffer.from(`#${count} ${crc32(body).toString(16).padStart(8, '0')}\n`)])
}

/** A batch that was found whole. */
export interface FoundBatch {
  /** Records, without line breaks. */
  readonly entries: readonly Buffer[]
  /** Where it ends. */
  readonly end: number
}

/** A place in a segment from which on it is not what was written. */
export class BadBatch extends Error {
  /** Where the batch begins. */
  readonly at: number
  /** Whether a whole batch follows: then it is no torn end. */
  readonly followed: boolean

  constructor(at: number, followed: boolean) {
    super('a batch is not whole')
    this.at = at
    this.followed = followed
  }
}

/**
 * The batches in a piece of a segment, from `start` on. Ends where the next batch has not fully come (`final` false), or throws.
 * @throws BadBatch
 */
export function* batchesIn(bytes: Buffer, start: number, final: boolean, key?: Uint8Array): Generator<FoundBatch> {
  let at = start
  while (at < bytes.byteLength) {
    const mark = markAfter(bytes, at)
    if (mark === undefined) {
      if (final) throw new BadBatch(at, false)
      return
    }
    const batch = readBatch(bytes, at, mark, key)
    if (batch === undefined) throw new BadBatch(at, hasWholeBatch(bytes, mark.end, key))
    yield batch
    at = batch.end
  }
}

interface Mark {
  readonly at: number
  readonly end: number
}

/** The next line that begins with `#`. Records begin with `{`, and JSON has no bare line break. */
function markAfter(bytes: Buffer, from: number): Mark | undefined {
  for (let line = from; line < bytes.byteLength;) {
    const end = bytes.indexOf(NEWLINE, line)
    if (end === -1) return undefined
    if (bytes[line] === HASH_SIGN) return { at: line, end: end + 1 }
    line = end + 1
  }
  return undefined
}

function readBatch(bytes: Buffer, from: number, mark: Mark, key: Uint8Array | undefined): FoundBatch | undefined {
  const [, count, sum] = /^#(\d{1,9}) ([\da-f]{8})\n$/.exec(bytes.toString('latin1', mark.at, mark.end)) ?? []
  const body = bytes.subarray(from, mark.at)
  if (count === undefined || crc32(body) !== Number.parseInt(sum!, 16)) return undefined
  const entries = linesOf(body[0] === AT ? openBody(body, key) : body)
  return entries.length === Number(count) ? { entries, end: mark.end } : undefined
}

function openBody(body: Buffer, key: Uint8Array | undefined): Buffer {
  if (key === undefined) return Buffer.alloc(0)
  try {
    return open(key, Buffer.from(body.toString('latin1', 1, body.byteLength - 1), 'base64'), CONTEXT)
  } catch {
    return Buffer.alloc(0)
  }
}

function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; at < body.byteLength;) {
    const end = body.indexOf(NEWLINE, at)
    if (end === -1) return []
    lines.push(body.subarray(at, end))
    at = end + 1
  }
  return lines
}

function hasWholeBatch(bytes: Buffer, from: number, key: Uint8Array | undefined): boolean {
  for (let mark = markAfter(bytes, from), at = from; mark !== undefined; at = mark.end, mark = markAfter(bytes, at)) {
    if (readBatch(bytes, at, mark, key) !== undefined) return true
  }
  return false
}
