const FORM = 1

/** How long what has no end of its own is kept, in milliseconds: fifty years. */
export const FOREVER = 1_577_880_000_000

/** Attempts at a change that others may make at the same moment. */
export const ATTEMPTS = 10

export function encode(record: object): Uint8Array {
  return Buffer.from(JSON.stringify({ v: FORM, ...record }))
}

/** Reads a record. Throws for one that a later version has written: to guess what it means would be to let in by mistake. */
export function decode<Kept extends object>(bytes: Uint8Array): Kept {
  const { v, ...record } = JSON.parse(Buffer.from(bytes).toString()) as { readonly v: unknown }
  if (v !== FORM) throw new TypeError('A record of second factors in a form that is not known')
  return record as Kept
}
