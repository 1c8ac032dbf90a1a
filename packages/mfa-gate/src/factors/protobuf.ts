/** A field of a message: a number, or bytes. */
export interface Field {
  readonly number: number
  readonly value: number | Uint8Array
}

const VARINT = 0
const EIGHT_BYTES = 1
const BYTES = 2
const FOUR_BYTES = 5

/**
 * The fields of a message of Protocol Buffers, in one pass; fields of a fixed size are skipped. Nothing where it is none: cut off, with bytes left
 * over, or with groups.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function fieldsOf(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = varint()
    if (tag === undefined || tag < 8) return undefined
    const number = Math.floor(tag / 8)
    const type = tag % 8
    if (type === VARINT) {
      const value = varint()
      if (value === undefined) return undefined
      fields.push({ number, value })
    } else if (type === BYTES) {
      const length = varint()
      if (length === undefined || length > bytes.length - at) return undefined
      fields.push({ number, value: bytes.subarray(at, (at += length)) })
    } else if (type === EIGHT_BYTES || type === FOUR_BYTES) {
      at += type === EIGHT_BYTES ? 8 : 4
      if (at > bytes.length) return undefined
    } else {
      return undefined
    }
  }
  return fields

  /** Ten bytes at most. What is beyond 2⁵³ (a negative number) is inexact, and stands for nothing here. */
  function varint(): number | undefined {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return undefined
  }
}
