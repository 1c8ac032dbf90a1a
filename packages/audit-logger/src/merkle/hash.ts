import * as crypto from 'node:crypto'

/** Bytes of a hash. */
export const HASH = 32

/** The one-shot call spares an object per hash; Node 20.19 has it, too. */
const sha256 = (data: Uint8Array): Buffer => crypto.hash('sha256', data, 'buffer')

/** Hash of the empty tree (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Buffer = sha256(new Uint8Array())

/** Hash of a leaf: 0x00 before the entry keeps it from being taken for a node. */
export function leafHash(entry: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(entry.byteLength + 1)
  prefixed[0] = 0
  prefixed.set(entry, 1)
  return sha256(prefixed)
}

const pair = Buffer.allocUnsafe(1 + 2 * HASH)

/** Hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair[0] = 1
  pair.set(left, 1)
  pair.set(right, 1 + HASH)
  return sha256(pair)
}

/** Tree hash of a list of hashes that lie side by side, each of a subtree of equal size. */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  if (row.length === 0) return EMPTY_ROOT
  while (row.length > 1) {
    const next: Uint8Array[] = []
    for (let i = 0; i + 1 < row.length; i += 2) next.push(nodeHash(row[i]!, row[i + 1]!))
    // The last one without a sibling moves up as it is: the same as splitting at the largest power of two.
    if (row.length % 2 === 1) next.push(row.at(-1)!)
    row = next
  }
  return row[0]!
}
