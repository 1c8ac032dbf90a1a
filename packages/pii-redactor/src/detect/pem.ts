import type { Cursor } from '../engine/cursor.ts'

/** Longest armoured key; RSA keys of 16,384 bits are below. */
export const LONGEST_PEM = 16_384
const BEGIN = /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}(?:PRIVATE KEY|PRIVATE KEY BLOCK)-----/y
const END = '-----END '

/** A private key in PEM's armour, also with its line ends escaped as in JSON. What never ends is taken to the end of what may be one. */
export function pem(cursor: Cursor, at: number): number {
  const { text, end } = cursor
  BEGIN.lastIndex = at
  if (!text.startsWith('-----BEGIN ', at) || !BEGIN.test(text)) {
    let i = at + 1
    while (i < end && text.charCodeAt(i) === 45) i++
    return i
  }
  const body = BEGIN.lastIndex
  const most = Math.min(end, at + LONGEST_PEM)
  const close = text.slice(body, most).indexOf(END)
  let stop = most
  if (close !== -1) {
    const tail = text.indexOf('-----', body + close + END.length)
    stop = tail === -1 || tail > most ? most : tail + 5
  }
  return cursor.add('SECRET', at, stop, 1) ? stop : at + 1
}
