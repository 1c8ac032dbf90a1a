import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { erase, readIfThere, writeWhole } from './files.ts'
import { NewPeople, type NewPerson } from './new-people.ts'
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
  readonly #new: NewPeople

  constructor(directory: string, logKey: Uint8Array) {
    this.#folder = join(directory, 'people')
    this.#nameKey = derivedKey(logKey, 'names of persons')
    this.#sealKey = derivedKey(logKey, 'keys of persons')
    this.#new = new NewPeople(this.#folder)
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

  /** The key of a person; on the disk after the next `commit()`. */
  obtain(person: PersonId): PersonKey {
    const found = this.find(person)
    if (found !== undefined) return found
    const made = { ref: randomBytes(12).toString('base64url'), key: randomBytes(32) }
    const name = nameOf(this.#nameKey, person)
    const fresh = { name, ref: made.ref, sealed: seal(this.#sealKey, made.key, made.ref) }
    this.#write(fresh)
    this.#new.add(fresh)
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

  /** Waits until the disk has the keys that were made. */
  commit(): void {
    this.#new.commit(this.#files)
  }

  /** Writes the keys again that an earlier writer had only put into the journal: the machine may have ended before it wrote their files. */
  recover(): void {
    for (const person of this.#new.left()) this.#write(person)
  }

  /** Destroys what there is of a person. Answers the number that meant them, or nothing where there was none. */
  forget(person: PersonId): string | undefined {
    const name = nameOf(this.#nameKey, person)
    const ref = readIfThere(this.#numberFile(name))?.toString()
    this.#known.delete(name)
    if (ref === undefined) return undefined
    // No copy of the key is left in the journal.
    this.commit()
    this.#new.settle(this.#files)
    erase(this.#keyFile(ref))
    erase(this.#numberFile(name))
    return ref
  }

  /** The key first: a number without one would be a person who was forgotten. */
  #write({ name, ref, sealed }: NewPerson): void {
    writeWhole(this.#keyFile(ref), sealed, false)
    writeWhole(this.#numberFile(name), Buffer.from(ref), false)
  }

  readonly #files = ({ name, ref }: NewPerson): readonly string[] => [this.#keyFile(ref), this.#numberFile(name)]

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
