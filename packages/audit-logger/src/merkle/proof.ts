import { auditError } from '../errors.ts'
import { nodeHash, rootOf } from './hash.ts'
import { tilesAt, WIDTH } from './tile.ts'

/** Hashes of a tile, by level, number and width. */
export type TileSource = (level: number, n: number, width: number) => Promise<readonly Uint8Array[]>

/** Computes proofs of a tree of `size` from its tiles (RFC 6962, section 2.1). */
export class Prover {
  readonly #size: number
  readonly #tiles: TileSource

  constructor(size: number, tiles: TileSource) {
    this.#size = size
    this.#tiles = tiles
  }

  root(size: number = this.#size): Promise<Uint8Array> {
    return this.#hash(0, size)
  }

  /** Audit path of a leaf: from its sibling up to the child of the root. */
  async inclusion(index: number, size: number = this.#size): Promise<readonly Uint8Array[]> {
    let [from, to] = [0, size]
    const path: Promise<Uint8Array>[] = []
    while (to - from > 1) {
      const middle = from + splitOf(to - from)
      if (index < middle) {
        path.unshift(this.#hash(middle, to))
        to = middle
      } else {
        path.unshift(this.#hash(from, middle))
        from = middle
      }
    }
    return Promise.all(path)
  }

  /** Proof that the tree of size `first` is the beginning of that of size `second`. */
  async consistency(first: number, second: number = this.#size): Promise<readonly Uint8Array[]> {
    if (first === 0 || first === second) return []
    let [from, to] = [0, second]
    let whole = true
    const path: Promise<Uint8Array>[] = []
    while (first < to) {
      const middle = from + splitOf(to - from)
      if (first <= middle) {
        path.unshift(this.#hash(middle, to))
        to = middle
      } else {
        path.unshift(this.#hash(from, middle))
        from = middle
        whole = false
      }
    }
    if (!whole) path.unshift(this.#hash(from, to))
    return Promise.all(path)
  }

  /** Tree hash of the leaves from `from` to `to`, which is aligned as the tree's own subtrees are. */
  async #hash(from: number, to: number): Promise<Uint8Array> {
    const count = to - from
    const split = splitOf(count)
    // Not a power of two: left part whole, the rest by itself.
    if (split * 2 !== count && count > 1) {
      return nodeHash(await this.#hash(from, from + split), await this.#hash(from + split, to))
    }
    let level = 0
    while (WIDTH ** (level + 1) <= count) level++
    const unit = WIDTH ** level
    const n = Math.floor(from / (unit * WIDTH))
    const { full, partial } = tilesAt(this.#size, level)
    const hashes = await this.#tiles(level, n, n < full ? WIDTH : partial)
    const start = from / unit - n * WIDTH
    const part = hashes.slice(start, start + count / unit)
    if (part.length !== count / unit)
      throw auditError('ERR_AUDIT_DAMAGED', { message: 'A tile of the audit log is short' })
    return rootOf(Buffer.concat(part))
  }
}

/** The largest power of two below a number; 0 for 1. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return count === 1 ? 0 : split
}

/** The root that an audit path leads to (RFC 9162, section 2.1.3.2); nothing where the path is not of that leaf's. */
export function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!(index >= 0 && index < size)) return undefined
  let [fn, sn] = [index, size - 1]
  let root = leaf
  for (const hash of path) {
    if (sn === 0) return undefined
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(hash, root)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      root = nodeHash(root, hash)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 ? root : undefined
}

/** Whether a consistency proof holds between two roots (RFC 9162, section 2.1.4.2). */
export function isConsistent(
  first: { readonly size: number; readonly root: Uint8Array },
  second: { readonly size: number; readonly root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  // Of the empty tree every other one is a continuation: that shows nothing (RFC 9162, section 2.1.4).
  if (first.size === 0 || first.size > second.size) return false
  if (first.size === second.size) return path.length === 0 && equal(first.root, second.root)
  const proof = Number.isInteger(Math.log2(first.size)) ? [first.root, ...path] : [...path]
  if (proof.length === 0) return false
  let [fn, sn] = [first.size - 1, second.size - 1]
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  let [fr, sr] = [proof[0]!, proof[0]!]
  for (const hash of proof.slice(1)) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr)
      sr = nodeHash(hash, sr)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      sr = nodeHash(sr, hash)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && equal(fr, first.root) && equal(sr, second.root)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
