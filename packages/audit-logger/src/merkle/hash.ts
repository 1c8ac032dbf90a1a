import * as crypto from 'node:crypto'

/** Bytes of a hash. */
export const HASH = 32

/** The one-shot call spares an object per hash; Node 20.19 has it, too. */
const sha256 = (data: Uint8Array): Buffer => crypto.hash('sha256', data, 'buffer')

/** Hash of the empty tree (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Buffer = sha256(new Uint8Array())

/** An entry after its 0x00; larger ones than a log takes come from elsewhere. */
const leaf = Buffer.alloc(65_536)

function prefixed(entry: Uint8Array): Uint8Array {
  const room = entry.byteLength < leaf.byteLength ? leaf : Buffer.alloc(entry.byteLength + 1)
  room.set(entry, 1)
  return room.subarray(0, entry.byteLength + 1)
}

/** Hash of a leaf: 0x00 before the entry keeps it from being taken for a node. */
export function leafHash(entry: Uint8Array): Buffer {
  return sha256(prefixed(entry))
}

// Where many hashes are made they go from one buffer into another, as text of one byte a character: a third of what a buffer for each costs.

/** Writes the hash of a leaf to a place in a buffer. */
export function putLeafHash(entry: Uint8Array, into: Buffer, at: number): void {
  into.write(crypto.hash('sha256', prefixed(entry), 'binary'), at, HASH, 'latin1')
}

const pair = Buffer.allocUnsafe(1 + 2 * HASH)
pair[0] = 1

/** Hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 1 + HASH)
  return sha256(pair)
}

/** Tree hash of hashes that lie side by side, each of a subtree of equal size. */
export function rootOf(hashes: Uint8Array): Buffer {
  if (hashes.byteLength === 0) return EMPTY_ROOT
  const row = Buffer.from(hashes)
  for (let width = row.byteLength / HASH; width > 1; width = Math.ceil(width / 2)) {
    let to = 0
    for (let from = 0; from < width * HASH; from += 2 * HASH, to += HASH) {
      if (from + HASH === width * HASH) {
        // The last one without a sibling moves up as it is: the same as splitting at the largest power of two.
        row.copyWithin(to, from, from + HASH)
      } else {
        row.copy(pair, 1, from, from + 2 * HASH)
        row.write(crypto.hash('sha256', pair, 'binary'), to, HASH, 'latin1')
      }
    }
  }
  return row.subarray(0, HASH)
}
