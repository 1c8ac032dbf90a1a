/**
 * SQLite compares text by its UTF-8 bytes, which puts what lies beyond U+FFFF behind U+E000 to U+FFFF; by UTF-16 code units, as the
 * store's contract asks, it comes before. And Node 22.13 to 22.15 read a text only up to its first NUL. So these few units are spelt by other
 * characters, in an order that is that of the units: NUL and U+0001 by two each, surrogates from U+E000 on, U+E000 to U+FFFF beyond
 * U+FFFF. Any other text is its own spelling.
 */
const SPELT = /[\0\u0001\ud800-\uffff]/g
const ODD = /[\0\u0001\ud800-\uffff]/
const SPELLING = /\u0001[\u0001\u0002]|[\ue000-\ue7ff]|[\u{10000}-\u{11fff}]/gu

const SURROGATES = 0xd800
const PRIVATE = 0xe000
const ASTRAL = 0x10000

/** How a text is kept: no two alike, none with NUL, and ordered by bytes of UTF-8 as the texts are by UTF-16 code unit. */
export function spell(text: string): string {
  return ODD.test(text) ? text.replaceAll(SPELT, spellUnit) : text
}

/** The text that is kept so. */
export function unspell(spelling: string): string {
  return ODD.test(spelling) ? spelling.replaceAll(SPELLING, unspellOne) : spelling
}

/** The smallest spelling of a text that comes after this one. */
export function after(text: string): string {
  return `${spell(text)}\u0001`
}

function spellUnit(unit: string): string {
  const code = unit.charCodeAt(0)
  if (code < 2) return code === 0 ? '\u0001\u0001' : '\u0001\u0002'
  if (code < PRIVATE) return String.fromCharCode(code - SURROGATES + PRIVATE)
  return String.fromCodePoint(code - PRIVATE + ASTRAL)
}

function unspellOne(spelt: string): string {
  const code = spelt.codePointAt(0)!
  if (code === 1) return spelt.charCodeAt(1) === 1 ? '\0' : '\u0001'
  return String.fromCharCode(code < ASTRAL ? code - PRIVATE + SURROGATES : code - ASTRAL + PRIVATE)
}
