import { hash } from 'node:crypto'

/** The name of a partition, owner or log as bytes: the server's texts hold no NUL. */
export function encodeName(name: string): Buffer {
  return Buffer.from(name, 'utf8')
}

/** What stands for a log in an announcement, which has no room for a long name. */
export function hintOf(log: string): string {
  return hash('sha256', log)
}

/**
 * An id as bytes whose order is that of its UTF-16 code units: CESU-8, which is UTF-8 but for characters beyond U+FFFF, whose
 * surrogates are written one by one. UTF-8 would sort those behind U+E000 to U+FFFF.
 * @see https://www.unicode.org/reports/tr26/
 */
export function encodeId(id: string): Buffer {
  if (!/[\ud800-\udfff]/.test(id)) return Buffer.from(id, 'utf8')
  const bytes: number[] = []
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

/** The id of such bytes. */
export function decodeId(bytes: Buffer): string {
  // The first byte of a surrogate, and of some Korean; without it, it is UTF-8.
  if (!bytes.includes(0xed)) return bytes.toString('utf8')
  const units: number[] = []
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++]!
    if (first < 0x80) units.push(first)
    else if (first < 0xe0) units.push(((first & 0x1f) << 6) | (bytes[i++]! & 0x3f))
    else units.push(((first & 0x0f) << 12) | ((bytes[i++]! & 0x3f) << 6) | (bytes[i++]! & 0x3f))
  }
  return String.fromCharCode(...units)
}
