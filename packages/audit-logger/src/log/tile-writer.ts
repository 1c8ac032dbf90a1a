import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Tile } from '../merkle/tree.ts'
import type { LogFolder } from './folder.ts'

/** Writes tiles. They can be made anew of the records, so that nobody waits for the disk; before records are deleted, it is waited for. */
export class TileWriter {
  readonly #folder: LogFolder
  #full: Tile[] = []
  readonly #unsynced = new Set<string>()

  constructor(folder: LogFolder) {
    this.#folder = folder
  }

  /** Takes a tile that has become full; it is written with the next checkpoint. */
  readonly full = (tile: Tile): void => {
    this.#full.push(tile)
    // A long load between two checkpoints must not gather in memory.
    if (this.#full.length >= 64) this.#flush()
  }

  write(partial: readonly Tile[]): void {
    this.#flush()
    for (const tile of partial) this.#put(this.#folder.tile(tile.level, tile.n, tile.hashes.length), tile)
  }

  sync(): void {
    for (const file of this.#unsynced) {
      const handle = openSync(file, 'r')
      fsyncSync(handle)
      closeSync(handle)
    }
    this.#unsynced.clear()
  }

  #flush(): void {
    const tiles = this.#full
    this.#full = []
    for (const tile of tiles) {
      const file = this.#folder.tile(tile.level, tile.n)
      this.#put(file, tile)
      this.#unsynced.add(file)
      rmSync(`${file}.p`, { recursive: true, force: true })
    }
  }

  #put(file: string, { hashes }: Tile): void {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, Buffer.concat(hashes, hashes.length * 32), { mode: 0o600 })
  }
}
