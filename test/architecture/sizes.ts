import type { Source } from './source.ts'

const MOST = 300
const MEDIAN = 90

/** Files are short: none over 300 lines, half of them under 90. */
export function sizeViolations(sources: readonly Source[]): string[] {
  if (sources.length === 0) return ['there is no source file']
  const sizes = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
  const found = sizes.filter(({ lines }) => lines > MOST).map(({ path, lines }) => `${path} has ${lines} lines`)
  const sorted = sizes.map(({ lines }) => lines).toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]!
  if (median >= MEDIAN) found.push(`the median file has ${median} lines`)
  return found
}
