/** Kinds of characters: what the scanner does at one. */
export const SKIP = 0
export const LETTER = 1
export const DIGIT = 2
export const AT = 3
export const COLON = 4
export const DASH = 5

/** The kind of each ASCII character. */
export const KIND: Uint8Array = new Uint8Array(128)
/** ASCII letters in lower case; every other character as it is. */
export const FOLD: Uint8Array = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const lower = c >= 97 && c <= 122
  const upper = c >= 65 && c <= 90
  KIND[c] = lower || upper ? LETTER : c >= 48 && c <= 57 ? DIGIT : SKIP
  FOLD[c] = upper ? c + 32 : c
}
KIND['@'.charCodeAt(0)] = AT
KIND[':'.charCodeAt(0)] = COLON
KIND['-'.charCodeAt(0)] = DASH

/** Whether a character beyond ASCII is taken for a letter. */
export function isWideLetter(c: number): boolean {
  return (
    (c >= 0xc0 && c < 0x2000 && c !== 0xd7 && c !== 0xf7) || (c >= 0x3040 && c < 0xfe00) || (c >= 0xff21 && c < 0xffe0)
  )
}

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57
}

/** Whether a character belongs to a word or number. `NaN`, beyond the text, does not. */
export function isAlnum(c: number): boolean {
  return c < 128 ? KIND[c] === LETTER || KIND[c] === DIGIT : isWideLetter(c)
}

/** Case folded without a table of Unicode's: Latin-1, Greek and Cyrillic capitals, which is where the vocabulary ends. */
export function fold(c: number): number {
  if (c < 128) return FOLD[c]!
  if ((c >= 0xc0 && c <= 0xde) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) return c + 32
  // Latin Extended-A has capitals at even places for the letters that matter here.
  if (c >= 0x100 && c <= 0x137) return c | 1
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c & 1 ? c + 1 : c
  return c >= 0x14a && c <= 0x177 ? c | 1 : c
}

export function isUpper(c: number): boolean {
  return c < 128 ? c >= 65 && c <= 90 : isWideLetter(c) && fold(c) !== c
}

const NEWLINE = 10

export function isBreak(c: number): boolean {
  return c === NEWLINE || c === 13
}
