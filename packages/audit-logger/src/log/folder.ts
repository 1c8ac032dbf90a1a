import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashesIn, tilePath, WIDTH } from '../merkle/tile.ts'
import { firstOf, segmentName } from './segment.ts'

/** Where the parts of a log are. */
export class LogFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get checkpoint(): string {
    return join(this.path, 'checkpoint')
  }

  get lock(): string {
    return join(this.path, 'lock')
  }

  segment(first: number): string {
    return join(this.path, 'segments', segmentName(first))
  }

  tile(level: number, n: number, width: number = WIDTH): string {
    return join(this.path, tilePath(level, n, width))
  }

  /** First records of the segments, in order. */
  segments(): readonly number[] {
    const found = namesIn(join(this.path, 'segments')).flatMap((name) => firstOf(name) ?? [])
    // While one is being archived it is there twice.
    return [...new Set(found)].toSorted((a, b) => a - b)
  }

  /** Hashes of a tile, or nothing. A partial one is also the beginning of a wider one. */
  readTile(level: number, n: number, width: number = WIDTH): readonly Uint8Array[] | undefined {
    const bytes =
      readIfThere(this.tile(level, n, width)) ??
      (width === WIDTH ? undefined : (readIfThere(this.tile(level, n)) ?? this.#wider(level, n, width)))
    if (bytes === undefined || bytes.byteLength % 32 !== 0 || bytes.byteLength < width * 32) return undefined
    return hashesIn(bytes.subarray(0, width * 32))
  }

  #wider(level: number, n: number, width: number): Buffer | undefined {
    const widths = namesIn(`${this.tile(level, n)}.p`).map(Number)
    const wider = widths.filter((one) => one > width).toSorted((a, b) => a - b)
    return wider.length === 0 ? undefined : readIfThere(this.tile(level, n, wider[0]!))
  }

  readWitnessed(): string | undefined {
    return readIfThere(join(this.path, 'witnessed'))?.toString()
  }

  readCheckpoint(): string | undefined {
    return readIfThere(this.checkpoint)?.toString()
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return undefined
    throw thrown
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw thrown
  }
}
