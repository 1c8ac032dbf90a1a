import { vocabulary } from '../vocabulary/vocabulary.ts'

/** What the words of a key say: of `billingPhoneNo` those of billing, phone and no, and of the whole. */
export function contextFlags(key: string): number {
  let flags = 0
  const words = key.replaceAll(/(?<=[\p{Ll}\d])(?=\p{Lu})/gu, ' ').split(/[^\p{L}]+/u)
  for (const word of [...words, words.join('')]) flags |= vocabulary.of(word, 0, word.length)
  return flags
}
