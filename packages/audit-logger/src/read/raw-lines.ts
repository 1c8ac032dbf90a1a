import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { readArchive, whereIs } from '../log/archive.ts'

/** How much is read at once. */
const CHUNK = 1_048_576

/** The lines of a file, whatever they are; the last one also without a line break. For who wants to know what is wrong with a segment. */
export async function* linesOf(segment: string, key: Uint8Array): AsyncGenerator<Buffer[]> {
  const { file, archived } = whereIs(segment)
  if (archived) {
    const { lines, rest } = split(unpacked(file, key))
    yield lines
    if (rest.byteLength > 0) yield [rest]
    return
  }
  const handle = await open(file, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await handle.read(chunk, 0, CHUNK)
      if (bytesRead === 0) break
      const bytes: Buffer = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      const { lines, rest: begun } = split(bytes)
      rest = begun
      yield lines
    }
    if (rest.byteLength > 0) yield [rest]
  } finally {
    await handle.close()
  }
}

/** Bytes of a segment's file. */
export function sizeOf(segment: string): number {
  return statSync(whereIs(segment).file, { throwIfNoEntry: false })?.size ?? 0
}

/** Of an archive that was changed there are no lines. */
function unpacked(file: string, key: Uint8Array): Buffer {
  try {
    return readArchive(file, key)
  } catch {
    return Buffer.alloc(0)
  }
}

function split(bytes: Buffer): { readonly lines: Buffer[]; readonly rest: Buffer } {
  const lines: Buffer[] = []
  let at = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
    lines.push(bytes.subarray(at, end))
    at = end + 1
  }
  return { lines, rest: bytes.subarray(at) }
}
