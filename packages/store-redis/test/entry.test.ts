import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEntry, encodeEntry, encodeVersion, ownerPart, versionOf } from '../src/entry.ts'

describe('an entry', () => {
  it('is read as it was written, whoever owns it', () => {
    const owner = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 200, maxLength: 2048 })), {
      nil: undefined,
    })
    fc.assert(
      fc.property(fc.uint8Array(), owner, (value, owner) => {
        const entry = encodeEntry(value, owner)
        expect(decodeEntry(entry)).toEqual({ value, version: versionOf(entry) })
      }),
    )
  })

  it('costs ten bytes besides the value and the name of the owner', () => {
    expect(encodeEntry(new Uint8Array(200), 'ada')).toHaveLength(213)
    expect(encodeEntry(new Uint8Array(), undefined)).toHaveLength(10)
  })

  it('has an owner of any length, told from no owner and from every other one', () => {
    const owners = [undefined, '', 'a', 'a'.repeat(253), 'a'.repeat(254), 'a'.repeat(255), '\u20ac'.repeat(2048)]
    const parts = owners.map((owner) => ownerPart(owner).toString('latin1'))
    // None is how another one begins, with whatever value behind it.
    const confused = parts.flatMap((one, i) => parts.filter((other, j) => i !== j && other.startsWith(one)))
    expect(confused).toEqual([])
  })

  it('is a copy: what the caller does to his bytes afterwards is not in it', () => {
    const value = Uint8Array.of(1, 2, 3)
    const entry = encodeEntry(value, undefined)
    value.fill(0)
    const read = decodeEntry(entry)
    entry.fill(0)
    expect(read.value).toEqual(Uint8Array.of(1, 2, 3))
  })
})

describe('a version', () => {
  it('is never given twice', () => {
    const versions = Array.from({ length: 20_000 }, () => versionOf(encodeEntry(new Uint8Array(), undefined)))
    expect(new Set(versions).size).toBe(versions.length)
  })

  it('is written one way only', () => {
    const entry = encodeEntry(new Uint8Array(), undefined)
    const version = versionOf(entry)
    expect(encodeVersion(version)).toEqual(entry.subarray(0, 9))
    for (const wrong of [
      `${version} `,
      `${version}=`,
      `${version}A`,
      version.slice(1),
      '',
      '\u00e9'.repeat(12),
      `${version.slice(1)}\n`,
    ])
      expect(encodeVersion(wrong)).toBeUndefined()
  })
})
