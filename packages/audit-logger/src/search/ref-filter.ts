const BITS = 65_536

/** Before each person's number in a record; a quotation mark within a text has a backslash before it. */
const BEFORE = Buffer.from('"ref":"')

/** Length of a number: 12 bytes in base64url. */
const LENGTH = 16

/** Which persons may be in a piece of a log, in 8 KiB (a Bloom filter): never says no of one who is. */
export class RefFilter {
  readonly #bits = new Uint8Array(BITS / 8)

  /** Adds all who are in a record. */
  addFrom(bytes: Buffer): void {
    for (let at = bytes.indexOf(BEFORE); at !== -1; at = bytes.indexOf(BEFORE, at)) {
      at += BEFORE.byteLength
      for (const bit of placesOf(bytes.toString('latin1', at, at + LENGTH))) this.#bits[bit >> 3]! |= 1 << (bit & 7)
    }
  }

  /** @param ref nothing where there is no such person, who then is nowhere */
  mayHold(ref: string | undefined): boolean {
    return ref !== undefined && placesOf(ref).every((bit) => (this.#bits[bit >> 3]! & (1 << (bit & 7))) !== 0)
  }
}

/** Numbers are random: their own bytes are as good as hashes of them. */
function placesOf(ref: string): readonly number[] {
  const bytes = Buffer.from(ref, 'base64url')
  return bytes.byteLength < 6 ? [] : [bytes.readUInt16LE(0), bytes.readUInt16LE(2), bytes.readUInt16LE(4)]
}
