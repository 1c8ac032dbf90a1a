import { HASH } from './hash.ts'

/** Hashes of a full tile (C2SP tlog-tiles). */
export const WIDTH = 256

/** Where a tile or bundle is: `tile/0/x001/234/067.p/12`. */
export function tilePath(level: number | 'entries', n: number, width: number = WIDTH): string {
  let rest = n
  let path = String(rest % 1000).padStart(3, '0')
  for (rest = Math.floor(rest / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`
  }
  return `tile/${level}/${path}${width === WIDTH ? '' : `.p/${width}`}`
}

/** Hashes of a tile, without copying. */
export function hashesIn(tile: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < tile.byteLength; at += HASH) hashes.push(tile.subarray(at, at + HASH))
  return hashes
}

/** Widths of the tiles at one level of a tree: of how many full ones it consists, and how wide the last one is. */
export function tilesAt(size: number, level: number): { readonly full: number; readonly partial: number } {
  const hashes = Math.floor(size / WIDTH ** level)
  return { full: Math.floor(hashes / WIDTH), partial: hashes % WIDTH }
}

/** An entry bundle: each entry after its length in two bytes. */
export function bundleOf(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.allocUnsafe(2)
      length.writeUInt16BE(entry.byteLength)
      return [length, entry]
    }),
  )
}
