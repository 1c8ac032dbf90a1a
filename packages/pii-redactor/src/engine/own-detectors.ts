import type { Cursor } from './cursor.ts'

/** A detector of the app's own. */
export interface Detector {
  /** The name of what it finds, in capitals: `EMPLOYEE_ID`. */
  readonly entity: string
  /** What it looks like. Bounded (`{1,20}`, never `+` or `*` on what can be long) and on one line. */
  readonly pattern: RegExp
  /** How sure a match is, from 0 to 1. @default 0.8 */
  readonly score?: number
  /** Whether a match is one, such as by its check digit. */
  readonly test?: (match: string) => boolean
}

/** Longest match of a detector of the app. Part of what the stream holds back. */
const LONGEST_OWN = 128

export class OwnDetectors {
  readonly #detectors: readonly (Required<Pick<Detector, 'entity' | 'score'>> & {
    pattern: RegExp
    test: Detector['test']
  })[]

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors.map(({ entity, pattern, score = 0.8, test }) => ({
      entity,
      score,
      test,
      pattern: new RegExp(pattern.source, [...new Set(`${pattern.flags.replace('y', '')}g`)].join('')),
    }))
  }

  get any(): boolean {
    return this.#detectors.length > 0
  }

  /** Where each of them is in a new text. */
  begin(): number[] {
    return this.#detectors.map(() => 0)
  }

  /** Adds the matches that begin before a place; `positions` says where each detector goes on. */
  find(cursor: Cursor, positions: number[], limit: number): void {
    for (const [i, { entity, pattern, score, test }] of this.#detectors.entries()) {
      pattern.lastIndex = positions[i]!
      let next = limit
      for (
        let found = pattern.exec(cursor.text);
        found !== null && found.index < limit;
        found = pattern.exec(cursor.text)
      ) {
        const [match] = found
        if (match === '') {
          pattern.lastIndex++
          continue
        }
        next = Math.max(limit, found.index + match.length)
        if (match.length <= LONGEST_OWN && test?.(match) !== false) {
          cursor.insert(entity, found.index, found.index + match.length, score)
        }
      }
      positions[i] = Math.max(positions[i]!, next)
    }
  }
}
