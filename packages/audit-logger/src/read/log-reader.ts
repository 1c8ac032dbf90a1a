import { open } from 'node:fs/promises'
import type { KeyRing } from '@sallyport/core'
import { auditError } from '../errors.ts'
import { readArchive, whereIs } from '../log/archive.ts'
import { LogFolder } from '../log/folder.ts'
import { openIdentity, readPublic } from '../log/identity.ts'
import { BadBatch, batchesIn } from '../log/segment.ts'
import { People } from '../vault/people.ts'
import { derivedKey, type PersonId } from '../vault/person.ts'

/** A record as it is in the log. */
export interface Entry {
  readonly index: number
  readonly bytes: Buffer
}

/** How much of a segment is read at once. */
const CHUNK = 1_048_576

/** Where records, tiles and keys are read from: a folder, or a database. */
export interface LogSource {
  readonly origin: string
  /** Keys that its checkpoints may be signed with, by its own account. */
  readonly vkeys: readonly string[]
  /** Entries from an index on, in order. Ends with the last one that was written as a whole. */
  entries(from: number, to?: number): AsyncGenerator<Entry>
  /** Indexes where a piece begins that can be read by itself, in order. */
  pieces(): Promise<readonly number[]>
  tile(level: number, n: number, width: number): Promise<readonly Uint8Array[]>
  checkpoint(): Promise<string | undefined>
  /** The last checkpoint that witnesses have signed. */
  witnessed(): Promise<string | undefined>
  /** The number that stands for a person in records; nothing where there is none, or none any more. */
  refOf(person: PersonId): Promise<string | undefined>
  /** The key behind a person's number; nothing where they were forgotten. */
  keyOf(ref: string): Promise<Buffer | undefined>
}

/** What a log is opened with for reading. */
export interface ReadLogOptions {
  /** Where the log is. */
  readonly directory: string
  /** The app's key ring, where the log was written with one. Without it persons are not shown, and sealed segments not read. */
  readonly keyRing?: KeyRing
}

/**
 * Opens a log for reading, also while another process writes to it.
 * @throws SecurityError ERR_AUDIT_NOT_FOUND where there is none
 */
export async function readLog(options: ReadLogOptions): Promise<LogSource> {
  const found = readPublic(options.directory)
  if (found === undefined) {
    throw auditError('ERR_AUDIT_NOT_FOUND', { message: `There is no audit log in ${options.directory}` })
  }
  const { logKey } = await openIdentity({ directory: options.directory, keyRing: options.keyRing }, undefined)
  return new FolderSource(options.directory, found, logKey)
}

function damaged(file: string): Error {
  return auditError('ERR_AUDIT_DAMAGED', { message: `${file} was changed; run \`sallyport audit verify\`` })
}

class FolderSource implements LogSource {
  readonly origin: string
  readonly vkeys: readonly string[]
  readonly #folder: LogFolder
  readonly #key: Buffer
  readonly #people: People

  constructor(directory: string, found: { origin: string; vkeys: readonly string[] }, logKey: Uint8Array) {
    this.origin = found.origin
    this.vkeys = found.vkeys
    this.#folder = new LogFolder(directory)
    this.#key = derivedKey(logKey, 'segments')
    this.#people = new People(directory, logKey)
  }

  async *entries(from: number, to: number = Infinity): AsyncGenerator<Entry> {
    const segments = this.#folder.segments()
    for (const [i, first] of segments.entries()) {
      const next = segments[i + 1]
      if ((next !== undefined && next <= from) || first >= to) continue
      let index = first
      for await (const entries of this.#batches(this.#folder.segment(first))) {
        for (const bytes of entries) {
          if (index >= to) return
          if (index >= from) yield { index, bytes }
          index++
        }
      }
      // Only the last segment may end in the middle of something that is being written.
      if (next !== undefined && index !== next) throw damaged(this.#folder.segment(first))
    }
  }

  async *#batches(segment: string): AsyncGenerator<readonly Buffer[]> {
    const { file, archived } = whereIs(segment)
    if (archived) {
      for (const { entries } of batchesIn(readArchive(file, this.#key), 0, true, this.#key)) yield entries
      return
    }
    const handle = await open(file, 'r')
    try {
      let rest: Buffer = Buffer.alloc(0)
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK)
        const { bytesRead } = await handle.read(chunk, 0, CHUNK)
        if (bytesRead === 0) return
        const bytes: Buffer =
          rest.byteLength === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)])
        let end = 0
        for (const batch of batchesIn(bytes, 0, false, this.#key)) {
          yield batch.entries
          end = batch.end
        }
        rest = bytes.subarray(end)
      }
    } catch (thrown) {
      if (!(thrown instanceof BadBatch)) throw thrown
      throw damaged(file)
    } finally {
      await handle.close()
    }
  }

  pieces(): Promise<readonly number[]> {
    return Promise.resolve(this.#folder.segments())
  }

  tile(level: number, n: number, width: number): Promise<readonly Uint8Array[]> {
    const hashes = this.#folder.readTile(level, n, width)
    if (hashes !== undefined) return Promise.resolve(hashes)
    return Promise.reject(
      auditError('ERR_AUDIT_DAMAGED', { message: `A tile of the audit log is missing: level ${level}, number ${n}` }),
    )
  }

  checkpoint(): Promise<string | undefined> {
    return Promise.resolve(this.#folder.readCheckpoint())
  }

  witnessed(): Promise<string | undefined> {
    return Promise.resolve(this.#folder.readWitnessed())
  }

  refOf(person: PersonId): Promise<string | undefined> {
    return Promise.resolve(this.#people.refOf(person))
  }

  keyOf(ref: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.#people.keyOf(ref))
  }
}
