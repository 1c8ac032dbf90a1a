import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HASH } from '../merkle/hash.ts'
import { WIDTH } from '../merkle/tile.ts'
import type { Tile, Tree } from '../merkle/tree.ts'
import { syncFolder } from '../vault/files.ts'
import type { LogFolder } from './folder.ts'

/** Writes tiles. They can be made anew of the records, so that nobody waits for the disk; before records are deleted, it is waited for. */
export class TileWriter {
  readonly #folder: LogFolder
  readonly #full: Tile[] = []
  /** Tiles of which there are partial ones; of those of an earlier run there is one at each level. */
  readonly #partial = new Set<string>()
  readonly #levels = new Set<number>()
  /** The folder that was written to last. */
  #made = ''

  constructor(folder: LogFolder) {
    this.#folder = folder
  }

  /** Takes a tile that has become full; it is written with the next checkpoint. */
  readonly full = (tile: Tile): void => {
    this.#full.push(tile)
    // A long load between two checkpoints must not gather in memory.
    if (this.#full.length < 64) return
    try {
      this.#flush()
    } catch {
      // The records are on the disk, and the tree goes on; what could not be written is tried again, and the checkpoint says why it fails.
    }
  }

  write(partial: readonly Tile[]): void {
    this.#flush()
    for (const tile of partial) {
      this.#partial.add(this.#folder.tile(tile.level, tile.n))
      this.#put(this.#folder.tile(tile.level, tile.n, tile.hashes.byteLength / HASH), tile)
    }
  }

  /** Waits until the disk has the tiles over the records from one to another, whichever run of the app has written them. */
  sync(from: number, to: number, { size, partial }: Pick<Tree, 'size' | 'partial'>): void {
    const files = partial.map(({ level, n, hashes }) => this.#folder.tile(level, n, hashes.byteLength / HASH))
    for (let level = 0, unit = WIDTH; unit <= size; level++, unit *= WIDTH) {
      for (let n = Math.floor(from / unit); n * unit < to && (n + 1) * unit <= size; n++) {
        files.push(this.#folder.tile(level, n))
      }
    }
    for (const file of files) {
      const handle = openSync(file, 'r')
      fsyncSync(handle)
      closeSync(handle)
    }
    for (const folder of new Set(files.map((file) => dirname(file)))) syncFolder(folder)
  }

  #flush(): void {
    for (let tile = this.#full[0]; tile !== undefined; tile = this.#full[0]) {
      const file = this.#folder.tile(tile.level, tile.n)
      this.#put(file, tile)
      if (this.#partial.delete(file) || !this.#levels.has(tile.level)) {
        rmSync(`${file}.p`, { recursive: true, force: true })
      }
      this.#levels.add(tile.level)
      this.#full.shift()
    }
  }

  #put(file: string, { hashes }: Tile): void {
    const folder = dirname(file)
    if (folder !== this.#made) mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Made again next time, unless this was written.
    this.#made = ''
    writeFileSync(file, hashes, { mode: 0o600 })
    this.#made = folder
  }
}
