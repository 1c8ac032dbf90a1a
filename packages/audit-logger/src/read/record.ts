import type { AuditedPerson, AuditRecord } from '../record/event.ts'
import { open } from '../vault/seal.ts'
import type { Entry, LogSource } from './log-reader.ts'

interface Sealed {
  readonly as: 'actor' | 'delegate' | 'about'
  readonly ref: string
  readonly sealed: string
}

/** A record of its open part alone. */
export function openRecord(index: number, line: string): AuditRecord {
  const { v: _, ...rest } = JSON.parse(line) as Record<string, unknown>
  return { index, ...rest } as unknown as AuditRecord
}

/** Most keys that are remembered within one reading. A reading that has begun may still show who is forgotten meanwhile; the next does not. */
const MOST = 5000

/** Makes records of entries, with the persons who were not forgotten. One for each reading. */
export class RecordOpener {
  readonly #source: Pick<LogSource, 'keyOf'>
  readonly #keys = new Map<string, Buffer | undefined>()

  constructor(source: Pick<LogSource, 'keyOf'>) {
    this.#source = source
  }

  async open({ index, bytes }: Entry): Promise<AuditRecord> {
    const {
      v: _,
      who = [],
      ...rest
    } = JSON.parse(bytes.toString()) as Record<string, unknown> & { who?: readonly Sealed[] }
    const people: Partial<Record<Sealed['as'], AuditedPerson>> = {}
    for (const part of who) people[part.as] = await this.#person(part)
    return { index, ...rest, ...people } as unknown as AuditRecord
  }

  async #person({ ref, sealed }: Sealed): Promise<AuditedPerson> {
    const key = await this.#keyOf(ref)
    if (key === undefined) return { ref, forgotten: true }
    return { ref, ...(JSON.parse(open(key, Buffer.from(sealed, 'base64url'), ref).toString()) as object) }
  }

  async #keyOf(ref: string): Promise<Buffer | undefined> {
    if (this.#keys.has(ref)) return this.#keys.get(ref)
    const key = await this.#source.keyOf(ref)
    if (this.#keys.size === MOST) this.#keys.clear()
    this.#keys.set(ref, key)
    return key
  }
}
