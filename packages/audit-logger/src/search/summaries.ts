import type { Entry } from '../read/log-reader.ts'
import { typeTest, type AuditQuery, type Refs } from './query.ts'
import { RefFilter } from './ref-filter.ts'

/** What is in a piece of a log that does not change any more. */
interface Summary {
  readonly from: number
  readonly to: number
  readonly types: ReadonlySet<string>
  readonly refs: RefFilter
}

/** Most pieces that are remembered. */
const MOST = 2000

/**
 * Remembers of each finished piece which times, types and numbers of persons are in it, so that later searches pass over it: whoever looks
 * for their own records must not have the whole log read each time.
 */
export class Summaries {
  readonly #known = new Map<string, Summary>()

  /** Whether something that is looked for may be in a piece. */
  mayHold(origin: string, first: number, query: AuditQuery, refs: Refs): boolean {
    const { from = -Infinity, to = Infinity, types } = query
    const known = this.#known.get(`${origin} ${first}`)
    if (known === undefined) return true
    if (known.to < from || known.from >= to) return false
    if (query.actor && !known.refs.mayHold(refs.actor)) return false
    if (query.person && !known.refs.mayHold(refs.person)) return false
    return types === undefined || [...known.types].some(typeTest(types))
  }

  /** Notes what is in a piece while it is read to its end. */
  async *note(origin: string, first: number, entries: AsyncGenerator<Entry>): AsyncGenerator<Entry> {
    let [from, to] = [Infinity, -Infinity]
    const types = new Set<string>()
    const refs = new RefFilter()
    for await (const entry of entries) {
      const open = openPart(entry.bytes)
      const time = Date.parse(open.time)
      from = Math.min(from, time)
      to = Math.max(to, time)
      types.add(open.type)
      refs.addFrom(entry.bytes)
      yield entry
    }
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(`${origin} ${first}`, { from, to, types, refs })
  }
}

/** Time and type, which stand last but for the version and the persons; without parsing the rest. */
function openPart(bytes: Buffer): { readonly time: string; readonly type: string } {
  const end = bytes.lastIndexOf('","type":"')
  const text = bytes.toString('latin1', Math.max(0, end - 60), end + 120)
  const [, time, type] = /"time":"([^"]+)","type":"([a-z\d.-]+)","v":/.exec(text) ?? []
  if (time === undefined || type === undefined) return JSON.parse(bytes.toString()) as { time: string; type: string }
  return { time, type }
}
