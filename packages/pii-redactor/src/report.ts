/** How often each kind was found. Never a value. */
export type Counts = Record<string, number>

/** Adds up. */
export function addCounts(to: Counts, more: Readonly<Counts>): void {
  for (const [entity, count] of Object.entries(more)) to[entity] = (to[entity] ?? 0) + count
}
