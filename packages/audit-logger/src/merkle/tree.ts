import { EMPTY_ROOT, HASH, nodeHash, putLeafHash, rootOf } from './hash.ts'
import { WIDTH } from './tile.ts'

/** A tile that has become full, or the unfinished last one of its level. */
export interface Tile {
  readonly level: number
  readonly n: number
  /** Its hashes, side by side. */
  readonly hashes: Buffer
}

/** The unfinished tile of a level. */
interface Row {
  hashes: Buffer
  width: number
}

/** A growing tree (RFC 6962): keeps the unfinished tile of each level and hands out the full ones. */
export class Tree {
  #size = 0
  #rows: Row[] = []
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
    this.#rows = levels.map((hashes) => {
      const row = emptyRow()
      for (const hash of hashes) row.hashes.set(hash, row.width++ * HASH)
      return row
    })
  }

  /** Adds an entry, by its hash. */
  append(entry: Uint8Array): void {
    this.#size++
    const row = this.#row(0)
    putLeafHash(entry, row.hashes, row.width * HASH)
    this.#grown(0, row)
  }

  /** The unfinished tiles, lowest level first. */
  get partial(): readonly Tile[] {
    return this.#rows.flatMap((row, level) =>
      row.width === 0
        ? []
        : [{ level, n: Math.floor(this.#size / WIDTH ** (level + 1)), hashes: Buffer.from(hashesOf(row)) }],
    )
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined
    for (const row of this.#rows) {
      // Perfect subtrees from the right: the smallest ones are deepest.
      for (let left = row.width; left > 0; left &= left - 1) {
        const width = left & -left
        const subtree = rootOf(row.hashes.subarray((left - width) * HASH, left * HASH))
        root = root === undefined ? subtree : nodeHash(subtree, root)
      }
    }
    return root ?? EMPTY_ROOT
  }

  #row(level: number): Row {
    return (this.#rows[level] ??= emptyRow())
  }

  #grown(level: number, row: Row): void {
    row.width++
    if (row.width < WIDTH) return
    this.#rows[level] = emptyRow()
    const n = Math.floor(this.#size / WIDTH ** (level + 1)) - 1
    this.#onFull({ level, n, hashes: row.hashes })
    const above = this.#row(level + 1)
    above.hashes.set(rootOf(row.hashes), above.width * HASH)
    this.#grown(level + 1, above)
  }
}

function emptyRow(): Row {
  return { hashes: Buffer.alloc(WIDTH * HASH), width: 0 }
}

function hashesOf({ hashes, width }: Row): Buffer {
  return hashes.subarray(0, width * HASH)
}
