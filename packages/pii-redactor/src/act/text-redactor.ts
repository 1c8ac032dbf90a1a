import { UNREAD, type Finder } from '../engine/finder.ts'
import type { Span } from '../engine/entity.ts'
import type { Actor } from './actor.ts'
import type { Counts } from '../report.ts'

/** Takes what is found in texts out, by one policy. */
export class TextRedactor {
  readonly finder: Finder
  readonly actor: Actor

  constructor(finder: Finder, actor: Actor) {
    this.finder = finder
    this.actor = actor
  }

  /** A text without what the policy wants out of it; the text itself where nothing is found. */
  redact(text: string, counts: Counts, flags = 0, deadline?: number): string {
    if (text.length < 3) return text
    const spans = this.finder.find(text, flags, deadline)
    return spans.length === 0 ? text : this.replace(text, 0, text.length, spans, counts)
  }

  /** A part of a text, with what lies in it replaced. */
  replace(text: string, from: number, to: number, spans: readonly Span[], counts: Counts): string {
    let out = ''
    let at = from
    for (const { start, end, entity } of spans) {
      out += text.slice(at, start) + this.value(entity, text.slice(start, end), counts)
      at = end
    }
    return out + text.slice(at, to)
  }

  /** A value that is known to be of one kind. */
  value(entity: string, value: string, counts: Counts): string {
    counts[entity] = (counts[entity] ?? 0) + 1
    return entity === UNREAD ? '[REDACTED]' : this.actor.replace(entity, value)
  }
}
