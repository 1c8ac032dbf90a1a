import { fold } from './alphabet.ts'

/** Words longer than this are in no vocabulary. */
export const LONGEST_WORD = 32

/** One step of the hash of a word; the scanner computes the same as it passes over one. */
export function step(hash: number, folded: number): number {
  return (Math.imul(hash, 31) + folded) | 0
}

/** A set of words with flags: open addressing, so that a word that is not in it costs one read. */
export class WordTable {
  readonly #slots: Int32Array
  readonly #flags: number[] = [0]
  readonly #words: string[] = ['']
  readonly #mask: number

  constructor(lists: Iterable<readonly [flag: number, words: string]>) {
    const flags = new Map<string, number>()
    for (const [flag, words] of lists) {
      for (const word of words.split(/\s+/)) if (word !== '') flags.set(word, (flags.get(word) ?? 0) | flag)
    }
    let size = 1024
    while (size < flags.size * 8) size *= 2
    this.#mask = size - 1
    this.#slots = new Int32Array(size)
    for (const [word, flag] of flags) this.#add(word, flag)
  }

  #add(word: string, flag: number): void {
    let hash = 0
    for (let i = 0; i < word.length; i++) hash = step(hash, fold(word.charCodeAt(i)))
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = this.#words.length
    this.#words.push(word)
    this.#flags.push(flag)
  }

  /** The flags of the word that stands in a text, of which the hash is known; 0 of a word that is not here. */
  find(text: string, start: number, end: number, hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    for (;;) {
      const index = this.#slots[slot]!
      if (index === 0) return 0
      const word = this.#words[index]!
      if (word.length === end - start && same(word, text, start)) return this.#flags[index]!
      slot = (slot + 1) & this.#mask
    }
  }

  /** The flags of a word. */
  of(text: string, start: number, end: number): number {
    if (end - start > LONGEST_WORD) return 0
    let hash = 0
    for (let i = start; i < end; i++) hash = step(hash, fold(text.charCodeAt(i)))
    return this.find(text, start, end, hash)
  }
}

function same(word: string, text: string, start: number): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== fold(text.charCodeAt(start + i))) return false
  return true
}
