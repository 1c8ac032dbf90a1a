import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { derivedKey, nameOf, type PersonId } from './person.ts'
import { open, seal } from './seal.ts'

/** What a person's fields are sealed with, and the number that stands for them in records. */
export interface PersonKey {
  readonly ref: string
  readonly key: Buffer
}

/** Most that are remembered. */
const MOST = 20_000

/**
 * The keys of persons, two small files for each: from the person to a random number, and from the number to the key. Without them what
 * records hold of a person is noise, and the number means nobody.
 */
export class People {
  readonly #folder: string
  readonly #nameKey: Buffer
  readonly #sealKey: Buffer
  readonly #known = new Map<string, PersonKey>()

  constructor(directory: string, logKey: Uint8Array) {
    this.#folder = join(directory, 'people')
    this.#nameKey = derivedKey(logKey, 'names of persons')
    this.#sealKey = derivedKey(logKey, 'keys of persons')
  }

  /** The key of a person, if there is one. */
  find(person: PersonId): PersonKey | undefined {
    const name = nameOf(this.#nameKey, person)
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const ref = readIfThere(this.#numberFile(name))?.toString()
    const key = ref === undefined ? undefined : this.keyOf(ref)
    return key && this.#remember(name, { ref: ref!, key })
  }

  /** The key of a person; on the disk when this returns. */
  obtain(person: PersonId): PersonKey {
    const found = this.find(person)
    if (found !== undefined) return found
    const made = { ref: randomBytes(12).toString('base64url'), key: randomBytes(32) }
    const name = nameOf(this.#nameKey, person)
    // The key first: a number without one would be a person who was forgotten.
    writeWhole(this.#keyFile(made.ref), seal(this.#sealKey, made.key, made.ref))
    writeWhole(this.#numberFile(name), Buffer.from(made.ref))
    return this.#remember(name, made)
  }

  /** The number of a person, as the disk has it now. */
  refOf(person: PersonId): string | undefined {
    return readIfThere(this.#numberFile(nameOf(this.#nameKey, person)))?.toString()
  }

  /** The key behind a number; nothing where the person was forgotten. */
  keyOf(ref: string): Buffer | undefined {
    const sealed = /^[\w-]{16}$/.test(ref) ? readIfThere(this.#keyFile(ref)) : undefined
    return sealed && open(this.#sealKey, sealed, ref)
  }

  /** Destroys what there is of a person. Answers the number that meant them, or nothing where there was none. */
  forget(person: PersonId): string | undefined {
    const name = nameOf(this.#nameKey, person)
    const ref = readIfThere(this.#numberFile(name))?.toString()
    this.#known.delete(name)
    if (ref === undefined) return undefined
    erase(this.#keyFile(ref))
    erase(this.#numberFile(name))
    return ref
  }

  #remember(name: string, person: PersonKey): PersonKey {
    if (this.#known.size === MOST) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(name, person)
    return person
  }

  #keyFile(ref: string): string {
    return join(this.#folder, 'keys', folderOf(ref), `k${ref}`)
  }

  #numberFile(name: string): string {
    return join(this.#folder, 'numbers', name.slice(0, 2), name)
  }
}

/** Of base64url, without regard to case: there are file systems that know none. */
function folderOf(ref: string): string {
  return Buffer.from(ref, 'base64url').toString('hex').slice(0, 2)
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

/** Writes a file so that it is whole on the disk, or not there. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, bytes)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
  syncFolder(dirname(file))
}

/** Overwrites before it unlinks, for disks that write in place; on others only the encryption of the disk itself helps against who takes it apart. */
function erase(file: string): void {
  if (!existsSync(file)) return
  const handle = openSync(file, 'r+')
  try {
    writeSync(handle, randomBytes(readFileSync(file).byteLength), 0)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  rmSync(file)
  syncFolder(dirname(file))
}

/** A new or removed name is on the disk when its folder is. Not every system opens folders. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (thrown) {
    if (!['EISDIR', 'EPERM', 'EINVAL'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
  }
}
