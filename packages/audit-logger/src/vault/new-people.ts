import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { erase, syncFolder } from './files.ts'

/** A person whose key was just made. */
export interface NewPerson {
  /** Under which name the number is kept. */
  readonly name: string
  readonly ref: string
  /** The key, sealed. */
  readonly sealed: Buffer
}

/** How many stand in the journal at most: so many that the system has written most of their files by itself when they are waited for. */
const MOST = 20_000

/** A person as a line. */
const LINE = /^([\da-f]{40}) ([\w-]{16}) ([\w-]+)$/

/**
 * A journal of persons whose keys were just made: one `fsync` for all of a batch, where each one's two files would need four. Their files
 * are made sure of later; then the journal is erased, so that it never holds the key of somebody who was forgotten.
 */
export class NewPeople {
  readonly #file: string
  /** Made, and not in the journal yet. */
  #made: NewPerson[] = []
  #journal: NewPerson[] = []

  constructor(folder: string) {
    this.#file = join(folder, 'new')
  }

  add(person: NewPerson): void {
    this.#made.push(person)
  }

  /** Waits until the disk has the journal. What of it fails is tried again with the next batch. */
  commit(files: (person: NewPerson) => readonly string[]): void {
    if (this.#made.length === 0) return
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
    const handle = openSync(this.#file, 'a', 0o600)
    try {
      // A line break first: what was written before may have been cut short.
      const lines = this.#made.map(({ name, ref, sealed }) => `${name} ${ref} ${sealed.toString('base64url')}\n`)
      writeAll(handle, Buffer.from(`\n${lines.join('')}`))
      fdatasyncSync(handle)
    } finally {
      closeSync(handle)
    }
    if (this.#journal.length === 0) syncFolder(dirname(this.#file))
    this.#journal.push(...this.#made)
    this.#made = []
    if (this.#journal.length > MOST) this.settle(files)
  }

  /** Waits until the disk has the files of all who are in the journal, and erases it. */
  settle(files: (person: NewPerson) => readonly string[]): void {
    if (this.#journal.length > 0) sync(this.#journal.flatMap(files))
    erase(this.#file)
    this.#journal = []
  }

  /** Who stood in the journal when the process, or the machine, ended. */
  left(): readonly NewPerson[] {
    let text: string
    try {
      text = readFileSync(this.#file, 'latin1')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw thrown
    }
    const people = text.split('\n').flatMap((line) => {
      const [, name, ref, sealed] = LINE.exec(line) ?? []
      return name === undefined ? [] : [{ name, ref: ref!, sealed: Buffer.from(sealed!, 'base64url') }]
    })
    this.#journal = people
    return people
  }
}

function sync(files: readonly string[]): void {
  for (const file of files) {
    const handle = openSync(file, 'r')
    fsyncSync(handle)
    closeSync(handle)
  }
  for (const folder of new Set(files.map((file) => dirname(file)))) syncFolder(folder)
}

function writeAll(handle: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(handle, bytes, at)
}
