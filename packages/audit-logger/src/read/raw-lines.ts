import { open } from 'node:fs/promises'

/** How much is read at once. */
const CHUNK = 1_048_576

/** The lines of a file, whatever they are; the last one also without a line break. For who wants to know what is wrong with a segment. */
export async function* linesOf(file: string): AsyncGenerator<Buffer[]> {
  const handle = await open(file, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await handle.read(chunk, 0, CHUNK)
      if (bytesRead === 0) break
      const bytes: Buffer = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      const lines: Buffer[] = []
      let at = 0
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
        lines.push(bytes.subarray(at, end))
        at = end + 1
      }
      rest = bytes.subarray(at)
      yield lines
    }
    if (rest.byteLength > 0) yield [rest]
  } finally {
    await handle.close()
  }
}
