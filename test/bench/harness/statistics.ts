/** The middle of several repeats, and how far they lay apart. */
export interface Summary {
  readonly median: number
  readonly low: number
  readonly high: number
  /** (high − low) / median. */
  readonly spread: number
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function summarise(values: readonly number[]): Summary {
  const middle = median(values)
  const low = Math.min(...values)
  const high = Math.max(...values)
  return { median: middle, low, high, spread: middle === 0 ? 0 : (high - low) / Math.abs(middle) }
}

/** Ratios round by round: what slowed a whole round down slowed both sides of it. */
export function ratios(values: readonly number[], references: readonly number[]): Summary {
  return summarise(values.map((value, round) => value / references[round]!))
}
