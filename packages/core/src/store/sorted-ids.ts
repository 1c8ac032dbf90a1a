/** Most ids of one chunk: a chunk that grows beyond is cut in two. */
const CHUNK = 512

/**
 * The ids of one owner in order of their UTF-16 code units. Kept in chunks, so that an insertion moves at most one chunk and a page
 * that starts in the middle is found by bisection.
 */
export class SortedIds {
  readonly #chunks: string[][] = []

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  add(id: string): void {
    if (this.empty) {
      this.#chunks.push([id])
      return
    }
    const at = this.#chunkOf(id)
    const chunk = this.#chunks[at]!
    const place = firstNotBelow(chunk, id)
    if (chunk[place] === id) return
    chunk.splice(place, 0, id)
    if (chunk.length > CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK >> 1))
  }

  delete(id: string): void {
    if (this.empty) return
    const at = this.#chunkOf(id)
    const chunk = this.#chunks[at]!
    const place = firstNotBelow(chunk, id)
    if (chunk[place] !== id) return
    chunk.splice(place, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** The ids after one (which need not be there), or all. They must not change while this runs. */
  *after(id: string | undefined): Generator<string, void> {
    if (this.empty) return
    let at = id === undefined ? 0 : this.#chunkOf(id)
    let place = id === undefined ? 0 : firstNotBelow(this.#chunks[at]!, id)
    if (id !== undefined && this.#chunks[at]![place] === id) place++
    for (; at < this.#chunks.length; at++, place = 0) {
      const chunk = this.#chunks[at]!
      for (; place < chunk.length; place++) yield chunk[place]!
    }
  }

  /** The last chunk that begins at or before the id; the first where all begin after it. */
  #chunkOf(id: string): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#chunks[middle]![0]! <= id) low = middle
      else high = middle - 1
    }
    return low
  }
}

function firstNotBelow(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}
