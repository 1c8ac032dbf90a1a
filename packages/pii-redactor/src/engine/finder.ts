import type { Clock } from '@sallyport/core'
import { Cursor } from './cursor.ts'
import type { Span } from './entity.ts'
import { OwnDetectors, type Detector } from './own-detectors.ts'
import { scan } from './scanner.ts'
import { fieldValue } from '../detect/labelled.ts'

/** What may be found, and how sure one must be. */
export interface FinderSettings {
  readonly entities: ReadonlySet<string>
  readonly threshold: number
  readonly thresholds: ReadonlyMap<string, number>
  readonly allowed: ReadonlySet<string>
  readonly detectors: readonly Detector[]
  readonly clock: Clock
  readonly budget: number
}

/** What is left of a text when the time is up: all of it is taken out. */
export const UNREAD = 'REDACTED'

/** Text that is scanned between two looks at the clock. */
const STRIDE = 65_536

/** Finds personal data in texts. */
export class Finder {
  readonly settings: FinderSettings
  readonly own: OwnDetectors
  #spare: Cursor | undefined

  constructor(settings: FinderSettings) {
    this.settings = settings
    this.own = new OwnDetectors(settings.detectors)
  }

  /** Whether what a detector found stands. */
  accept(entity: string, score: number, text: string, start: number, end: number): boolean {
    const { entities, thresholds, threshold, allowed } = this.settings
    if (!entities.has(entity)) return false
    if (score < (thresholds.size === 0 ? threshold : (thresholds.get(entity) ?? threshold))) return false
    return allowed.size === 0 || !allowed.has(text.slice(start, end).toLowerCase())
  }

  cursor(): Cursor {
    return new Cursor((entity, score, text, start, end) => this.accept(entity, score, text, start, end))
  }

  /** The time by which a call has to end. */
  deadline(): number {
    return this.settings.clock.now() + this.settings.budget
  }

  /**
   * Finds everything in a text.
   * @param flags what the name of the field says of it
   */
  find(text: string, flags = 0, deadline: number = text.length > STRIDE ? this.deadline() : Infinity): readonly Span[] {
    const cursor = this.#spare ?? this.cursor()
    this.#spare = undefined
    cursor.reset(text)
    let at = 0
    if (flags !== 0) {
      cursor.remember(flags, 0)
      at = fieldValue(cursor, flags)
    }
    while (at < text.length) {
      if (deadline !== Infinity && this.settings.clock.now() > deadline) return cut(cursor.take(), at, text.length)
      at = scan(cursor, at, Math.min(text.length, at + STRIDE))
    }
    if (this.own.any) this.own.find(cursor, this.own.begin(), text.length)
    const spans = cursor.take()
    this.#spare = cursor
    return spans
  }
}

/** The whole rest as one span. */
function cut(spans: Span[], at: number, end: number): Span[] {
  const last = spans.at(-1)
  const start = last !== undefined && last.end > at ? last.end : at
  if (start < end) spans.push({ entity: UNREAD, start, end, score: 1 })
  return spans
}
