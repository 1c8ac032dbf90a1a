import { createPrivateKey } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { auditError } from '../errors.ts'
import { checkpointText } from '../merkle/checkpoint.ts'
import { signNote, vkeyOf, type NoteSigner } from '../merkle/note.ts'
import { Tree } from '../merkle/tree.ts'
import { derivedKey } from '../vault/person.ts'
import { syncFolder, writeWhole } from '../vault/files.ts'
import { People } from '../vault/people.ts'
import { ARCHIVED, archiveSegment, whereIs } from './archive.ts'
import { Completer } from './complete.ts'
import { LogFolder } from './folder.ts'
import { readPublic } from './identity.ts'
import { WriterLock } from './lock.ts'
import type { LogSettings, Opened, Order, Results } from './messages.ts'
import { recover } from './recover.ts'
import { encodeBatch } from './segment.ts'
import { TileWriter } from './tile-writer.ts'

interface Open {
  readonly tree: Tree
  readonly tiles: TileWriter
  handle: number | undefined
  segment: number
  bytes: number
}

/** Writes a log: the work of the writing thread. Whatever fails, the next order begins with what is on the disk. */
export class Keeper {
  readonly #settings: LogSettings
  readonly #folder: LogFolder
  readonly #lock: WriterLock
  readonly #people: People
  readonly #completer: Completer
  readonly #segmentKey: Buffer | undefined
  #signers: readonly NoteSigner[]
  #open: Open | undefined
  #locked = false

  constructor(settings: LogSettings) {
    this.#settings = settings
    this.#folder = new LogFolder(settings.directory)
    this.#lock = new WriterLock(this.#folder.lock, process.pid, settings.mark)
    this.#people = new People(settings.directory, settings.logKey)
    this.#completer = new Completer(this.#people)
    this.#segmentKey = derivedKey(settings.logKey, 'segments')
    this.#signers = signersOf(settings.origin, settings.signingKeys)
  }

  /** @throws SecurityError, or what the file system throws */
  serve(order: Order): Results[Order['do']] {
    if (order.do === 'close') return this.#close()
    const before = this.#open
    const opened = this.#ready()
    switch (order.do) {
      case 'open':
        return opened
      case 'append': {
        const first = this.#append(this.#completer.complete(order.batch), order.batch.count)
        return { first, ...(before === undefined && { opened }) }
      }
      case 'checkpoint':
        return this.#checkpoint()
      case 'forget': {
        const ref = this.#people.forget(order.person)
        this.#completer.forget()
        return ref === undefined ? {} : { ref }
      }
      case 'prune':
        return this.#prune(order.before)
      case 'archive':
        return this.#archive(order.before)
      case 'sign-with':
        this.#signers = signersOf(this.#settings.origin, order.signingKeys)
        return { size: this.#open!.tree.size }
    }
  }

  #ready(): Opened {
    if (!this.#locked) {
      // Made with the log's keys; a folder in its place that is empty must not become another log of the same name.
      if (!existsSync(join(this.#folder.path, 'log.json'))) {
        throw auditError('ERR_AUDIT_UNAVAILABLE', { message: `The audit log ${this.#folder.path} is gone` })
      }
      mkdirSync(join(this.#folder.path, 'segments'), { recursive: true, mode: 0o700 })
      const state = this.#lock.take()
      if (!state.held) {
        throw auditError('ERR_AUDIT_LOCKED', {
          message: `The audit log ${this.#folder.path} is being written by ${state.by}; give each process a directory of its own`,
        })
      }
      this.#locked = true
    } else if (!this.#lock.isMine()) {
      this.#drop()
      this.#locked = false
      throw auditError('ERR_AUDIT_LOCKED', { message: `The lock of ${this.#folder.path} was taken away` })
    }
    if (this.#open !== undefined) return { size: this.#open.tree.size }
    this.#people.recover()
    const tiles = new TileWriter(this.#folder)
    // The last checkpoint may still be of a key that was used before.
    const vkeys = [
      ...new Set([...this.#signers.map((signer) => vkeyOf(signer)), ...(readPublic(this.#folder.path)?.vkeys ?? [])]),
    ]
    const key = this.#segmentKey
    const { opened, tree, segment, bytes } = recover({ folder: this.#folder, vkeys, key, tree: new Tree(tiles.full) })
    this.#open = { tree, tiles, handle: undefined, segment: segment ?? tree.size, bytes }
    return opened
  }

  #append(lines: string, count: number): number {
    const open = this.#open!
    // A record never outlives the keys of its persons.
    this.#people.commit()
    const text = Buffer.from(lines)
    const batch = encodeBatch(text, count, this.#settings.encrypt ? this.#segmentKey : undefined)
    const first = open.tree.size
    try {
      const handle = this.#segmentFor(open)
      // Another writer's records, or a file that was cut, must not be taken for ours.
      if (fstatSync(handle).size !== open.bytes) {
        throw auditError('ERR_AUDIT_DAMAGED', {
          message: `${this.#folder.segment(open.segment)} was changed by others`,
        })
      }
      for (let at = 0; at < batch.byteLength;) at += writeSync(handle, batch, at)
      if (this.#settings.sync) fdatasyncSync(handle)
    } catch (thrown) {
      this.#takeBack(open)
      throw thrown
    }
    open.bytes += batch.byteLength
    for (let at = 0; at < text.byteLength;) {
      const end = text.indexOf(10, at)
      open.tree.append(text.subarray(at, end))
      at = end + 1
    }
    return first
  }

  #segmentFor(open: Open): number {
    if (open.bytes >= this.#settings.segmentBytes && open.segment !== open.tree.size) {
      if (open.handle !== undefined) closeSync(open.handle)
      open.handle = undefined
      open.segment = open.tree.size
      open.bytes = 0
    }
    if (open.handle !== undefined) return open.handle
    const file = this.#folder.segment(open.segment)
    open.handle = openSync(file, 'a', 0o600)
    if (open.bytes === 0) syncFolder(dirname(file))
    return open.handle
  }

  /** What was not acknowledged shall not be there. After a failed `fsync` nothing is known of what is: it is read again. */
  #takeBack(open: Open): void {
    try {
      if (open.handle !== undefined) ftruncateSync(open.handle, open.bytes)
    } catch {
      // Reading it again finds the end.
    }
    this.#drop()
  }

  #checkpoint(): Results['checkpoint'] {
    const { tree, tiles } = this.#open!
    tiles.write(tree.partial)
    const note = signNote(
      checkpointText({ origin: this.#settings.origin, size: tree.size, root: tree.root() }),
      this.#signers,
    )
    writeWhole(this.#folder.checkpoint, Buffer.from(note))
    return { note, size: tree.size }
  }

  /** Deletes whole segments of records before an index. Their hashes stay, so that later records can be proven still. */
  #prune(before: number): Results['prune'] {
    const { tiles, tree } = this.#open!
    const segments = this.#folder.segments()
    const old = segments.filter((_, i) => (segments[i + 1] ?? Infinity) <= before)
    this.#checkpoint()
    if (old.length > 0) tiles.sync(old[0]!, before, tree)
    for (const first of old) {
      rmSync(this.#folder.segment(first), { force: true })
      rmSync(`${this.#folder.segment(first)}${ARCHIVED}`, { force: true })
    }
    if (old.length > 0) syncFolder(join(this.#folder.path, 'segments'))
    return { segments: old.length, size: this.#open!.tree.size }
  }

  /** Compresses one finished segment that begins before an index, if there is one: what is recorded meanwhile must not wait for all of them. */
  #archive(before: number): Results['archive'] {
    const finished = this.#folder.segments().slice(0, -1)
    const first = finished.find((one) => one < before && !whereIs(this.#folder.segment(one)).archived)
    if (first === undefined) return { segments: 0 }
    archiveSegment(this.#folder.segment(first), this.#settings.encrypt ? this.#segmentKey : undefined)
    return { segments: 1 }
  }

  #drop(): void {
    if (this.#open?.handle !== undefined) closeSync(this.#open.handle)
    this.#open = undefined
  }

  #close(): Results['close'] {
    const size = this.#open?.tree.size ?? 0
    this.#drop()
    if (this.#locked) this.#lock.release()
    this.#locked = false
    return { size }
  }
}

function signersOf(name: string, keys: readonly Uint8Array[]): readonly NoteSigner[] {
  return keys.map((key) => ({
    name,
    privateKey: createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }),
  }))
}
