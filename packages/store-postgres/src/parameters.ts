/** Object identifier of the type `bytea`, and the length that says NULL. */
const BYTEA = 17
const NULL = -1

/**
 * A `bytea[]` as PostgreSQL's binary format has it: `pg` itself would write the bytes of an array in hexadecimal. It is a copy of what it
 * is made of, so it does not matter what the caller does with that while the statement waits for a connection.
 * @see https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c array_recv
 */
export function bytesArray(items: readonly (Uint8Array | undefined)[]): Buffer {
  const size = items.reduce((sum, item) => sum + 4 + (item?.byteLength ?? 0), 20)
  const buffer = Buffer.allocUnsafe(size)
  // One dimension, maybe with NULLs, of this type, so many items, counted from 1.
  for (const [i, field] of [1, 1, BYTEA, items.length, 1].entries()) buffer.writeInt32BE(field, 4 * i)
  let at = 20
  for (const item of items) {
    at = buffer.writeInt32BE(item?.byteLength ?? NULL, at)
    if (item === undefined) continue
    buffer.set(item, at)
    at += item.byteLength
  }
  return buffer
}

/** An array of numbers or words, which need no quotes. */
export function plainArray(items: readonly (number | string | undefined)[]): string {
  return `{${items.map((item) => item ?? 'NULL').join(',')}}`
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a version is one that the server could have given, letter by letter. */
export function isUuid(version: string): boolean {
  return UUID.test(version)
}

/** The bytes of a column that is encoded as 'hex'; not a view of anything else. */
export function readBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  Buffer.from(bytes.buffer).write(hex, 'hex')
  return bytes
}
