import { randomFillSync } from 'node:crypto'
import type { StoreEntry } from '@sallyport/core/store'

/*
 * An entry is one string: nine bytes of version, the owner, the value. The owner is one byte for how long it is, and its name; 0 says that
 * there is none, 255 that two bytes of length follow. Another form would be kept under other keys.
 */

/** Bytes of a version: twelve characters, so that there is one way to write it. */
const VERSION = 9

/** The longest owner whose length fits in one byte. */
const SHORT = 253

const randomness = Buffer.alloc(VERSION * 512)
let used = randomness.length

/** A version that nobody has had: random, so that no counter can be lost with the server. Made in bulk: a call for each costs more than the rest. */
function nextVersion(target: Buffer): void {
  if (used === randomness.length) {
    randomFillSync(randomness)
    used = 0
  }
  randomness.copy(target, 0, used, (used += VERSION))
}

/** The owner as an entry has it, and as it is compared in the list of an owner. */
export function ownerPart(owner: string | undefined): Buffer {
  if (owner === undefined) return Buffer.alloc(1)
  const bytes = Buffer.byteLength(owner)
  const start = bytes <= SHORT ? 1 : 3
  const part = Buffer.allocUnsafe(start + bytes)
  if (bytes <= SHORT) part[0] = bytes + 1
  else {
    part[0] = 255
    part.writeUInt16BE(bytes, 1)
  }
  part.write(owner, start)
  return part
}

/** A new entry, in a version of its own. The value is copied. */
export function encodeEntry(value: Uint8Array, owner: string | undefined): Buffer {
  const part = ownerPart(owner)
  const entry = Buffer.allocUnsafe(VERSION + part.length + value.byteLength)
  nextVersion(entry)
  part.copy(entry, VERSION)
  entry.set(value, VERSION + part.length)
  return entry
}

export function decodeEntry(entry: Buffer): StoreEntry {
  const length = entry[VERSION]!
  const owner = length === 255 ? 3 + entry.readUInt16BE(VERSION + 1) : length === 0 ? 1 : length
  return { value: copyOf(entry, VERSION + owner), version: versionOf(entry) }
}

/** The rest of a reply, as bytes of its own: what a client gives is a part of what it has read from the network. */
export function copyOf(reply: Buffer, start: number): Uint8Array {
  const bytes = new Uint8Array(reply.length - start)
  reply.copy(bytes, 0, start)
  return bytes
}

/** The version of an entry, as callers have it. */
export function versionOf(entry: Buffer): string {
  return entry.toString('base64url', 0, VERSION)
}

/** The bytes of a version, if it can be one. */
export function encodeVersion(version: string): Buffer | undefined {
  return /^[\w-]{12}$/.test(version) ? Buffer.from(version, 'base64url') : undefined
}
