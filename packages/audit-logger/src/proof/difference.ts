/** Where records first differ from the hashes that were kept of them, and how that looks. */
export interface Difference {
  readonly kind: 'altered' | 'removed' | 'inserted' | 'reordered'
  readonly index: number
}

/** Compares two rows of hashes, of which the second may be longer. */
export function compareTile(
  start: number,
  kept: readonly Uint8Array[],
  found: readonly Uint8Array[],
): Difference | undefined {
  const at = kept.findIndex((hash, i) => found[i] !== undefined && !same(hash, found[i]))
  if (at === -1) return undefined
  const foundNext = same(found[at], kept[at + 1])
  const keptNext = same(found[at + 1], kept[at])
  const kind = foundNext && keptNext ? 'reordered' : foundNext ? 'removed' : keptNext ? 'inserted' : 'altered'
  return { kind, index: start + at }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}
