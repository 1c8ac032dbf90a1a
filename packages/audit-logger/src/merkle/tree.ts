import { EMPTY_ROOT, nodeHash, rootOf } from './hash.ts'
import { WIDTH } from './tile.ts'

/** A tile that has become full, or the unfinished last one of its level. */
export interface Tile {
  readonly level: number
  readonly n: number
  readonly hashes: readonly Uint8Array[]
}

/** A growing tree (RFC 6962): keeps the unfinished tile of each level and hands out the full ones. */
export class Tree {
  #size = 0
  readonly #levels: Uint8Array[][] = []
  readonly #onFull: (tile: Tile) => void

  constructor(onFull: (tile: Tile) => void = () => undefined) {
    this.#onFull = onFull
  }

  get size(): number {
    return this.#size
  }

  /** Takes up where a tree of this size was left, by the unfinished tiles of its levels. */
  restore(size: number, levels: readonly (readonly Uint8Array[])[]): void {
    this.#size = size
    this.#levels.splice(0, this.#levels.length, ...levels.map((hashes) => [...hashes]))
  }

  append(leaf: Uint8Array): void {
    this.#size++
    this.#push(0, leaf)
  }

  /** The unfinished tiles, lowest level first. */
  get partial(): readonly Tile[] {
    return this.#levels.flatMap((hashes, level) =>
      hashes.length === 0 ? [] : [{ level, n: Math.floor(this.#size / WIDTH ** (level + 1)), hashes: [...hashes] }],
    )
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined
    for (const hashes of this.#levels) {
      // Perfect subtrees from the right: the smallest ones are deepest.
      for (let left = hashes.length; left > 0; left &= left - 1) {
        const width = left & -left
        const subtree = rootOf(hashes.slice(left - width, left))
        root = root === undefined ? subtree : nodeHash(subtree, root)
      }
    }
    return root ?? EMPTY_ROOT
  }

  #push(level: number, hash: Uint8Array): void {
    const hashes = (this.#levels[level] ??= [])
    hashes.push(hash)
    if (hashes.length < WIDTH) return
    this.#levels[level] = []
    const n = Math.floor(this.#size / WIDTH ** (level + 1)) - 1
    this.#onFull({ level, n, hashes })
    this.#push(level + 1, rootOf(hashes))
  }
}
