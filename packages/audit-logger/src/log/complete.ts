import type { People } from '../vault/people.ts'
import { seal } from '../vault/seal.ts'
import type { Draft, DraftBatch, PersonPart } from './messages.ts'

/** Most sealed parts that are remembered, and the longest of them. */
const MOST = 10_000
const LONGEST = 1024

/** An entry's most bytes: its length has two bytes in a bundle (C2SP tlog-tiles). */
export const MOST_BYTES = 65_535

/** A person's part as a line of its own. Records begin with a brace, and JSON has no bare line break. */
export function personLine({ as, person, fields }: PersonPart): string {
  return `@${JSON.stringify([as, person, fields])}\n`
}

/** Drafts as one text. */
export function batchOf(drafts: readonly Draft[]): DraftBatch {
  let text = ''
  let people = false
  for (const draft of drafts) {
    text += `${draft.people}${draft.line}\n`
    people ||= draft.people !== ''
  }
  return { text, count: drafts.length, people }
}

/**
 * Makes records whole: seals the parts of persons. The same part of the same person is sealed once and used again: that says no more
 * than the person's number, which is the same in all of their records, and it spares most of the encryption.
 */
export class Completer {
  readonly #people: Pick<People, 'obtain'>
  readonly #sealed = new Map<string, string>()

  constructor(people: Pick<People, 'obtain'>) {
    this.#people = people
  }

  /** Records, with a line break after each. */
  complete({ text, people }: DraftBatch): string {
    if (!people) return text
    let whole = ''
    let parts = ''
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at)
      if (text.charCodeAt(at) === 64) {
        parts += `${parts === '' ? '' : ','}${this.#part(text.slice(at + 1, end))}`
      } else if (parts === '') {
        whole += text.slice(at, end + 1)
      } else {
        // `who` is the last of a record's names, in the order of RFC 8785.
        whole += `${text.slice(at, end - 1)},"who":[${parts}]}\n`
        parts = ''
      }
      at = end + 1
    }
    return whole
  }

  /** Of a person who was forgotten nothing is known here either. */
  forget(): void {
    this.#sealed.clear()
  }

  #part(line: string): string {
    const known = this.#sealed.get(line)
    if (known !== undefined) return known
    const [as, person, fields] = JSON.parse(line) as [PersonPart['as'], PersonPart['person'], string]
    const { ref, key } = this.#people.obtain(person)
    const part = `{"as":"${as}","ref":"${ref}","sealed":"${seal(key, fields, ref).toString('base64url')}"}`
    if (line.length <= LONGEST) {
      if (this.#sealed.size === MOST) this.#sealed.delete(this.#sealed.keys().next().value!)
      this.#sealed.set(line, part)
    }
    return part
  }
}
