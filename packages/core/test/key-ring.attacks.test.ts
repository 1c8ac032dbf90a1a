import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { createKeyRing, type SealContext } from '@sallyport/core'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

const key = randomBytes(32)
const id = '2026-01'
const ring = createKeyRing({ keys: [{ id, key }] })
const secret = Buffer.from('{"user":"ada","role":"clerk"}')
const context = ['store.value', 'sessions', 'sid-1']
const sealed = Buffer.from(ring.seal(context, secret))

const HEAD = 2 + id.length + 16
const broken = expect.objectContaining({ code: 'ERR_SEAL_BROKEN', status: 503, headers: { 'retry-after': '5' } })
const missing = expect.objectContaining({ code: 'ERR_KEY_MISSING', status: 503 })
const open =
  (bytes: Uint8Array, where: SealContext = context) =>
  () =>
    ring.open(where, bytes)

describe('attack: a tag that is cut to four bytes, so that one in four billion guesses is a forgery', () => {
  // The control: this is what Node accepts where nobody says how long a tag is.
  it('is real: Node opens it when it is not told how long a tag is', () => {
    const dataKey = Buffer.from(
      hkdfSync('sha256', key, sealed.subarray(HEAD - 16, HEAD), `sallyport key ring 1 ${id}`, 32),
    )
    const options = {} as { authTagLength: number }
    process.noDeprecation = true
    onTestFinished(() => void (process.noDeprecation = false))
    const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(HEAD, HEAD + 12), options)
    decipher.setAAD(Buffer.concat([sealed.subarray(0, HEAD), Buffer.from(JSON.stringify(context))]))
    decipher.setAuthTag(sealed.subarray(-16, -12))
    expect(Buffer.concat([decipher.update(sealed.subarray(HEAD + 12, -16)), decipher.final()])).toEqual(secret)
  })

  it('is refused', () => {
    for (const length of [0, 4, 8, 12, 13, 14, 15]) {
      expect(open(Buffer.concat([sealed.subarray(0, -16), sealed.subarray(-16).subarray(0, length)]))).toThrow(broken)
    }
  })
})

it('attack: every single bit that can be turned', () => {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    // A bit of the key's name, or of its length, makes it another name, which is no key of this ring.
    const expected = bit >= 8 && bit < 16 + 8 * id.length ? /ERR_KEY_MISSING|ERR_SEAL_BROKEN/ : /ERR_SEAL_BROKEN/
    let code = 'opened'
    try {
      ring.open(context, changed)
    } catch (thrown) {
      code = (thrown as { code: string }).code
    }
    expect(code, `bit ${String(bit)}`).toMatch(expected)
  }
})

it('attack: cut anywhere, at either end, or made longer', () => {
  for (let length = 0; length < sealed.length; length++) {
    expect(open(sealed.subarray(0, length)), `to ${String(length)}`).toThrow(broken)
    if (length > 0) expect(open(sealed.subarray(length)), `from ${String(length)}`).toThrow()
  }
  for (const more of [[0], [1, 2, 3]]) {
    expect(open(Buffer.concat([sealed, Uint8Array.from(more)]))).toThrow(broken)
    expect(open(Buffer.concat([Uint8Array.from(more), sealed]))).toThrow(broken)
  }
  expect(open(Buffer.concat([sealed, sealed]))).toThrow(broken)
})

describe('attack: moved to another place', () => {
  it('whose words differ, whose words join to the same, or which has none', () => {
    for (const other of [
      ['store.value', 'sessions', 'sid-2'],
      ['store.value', 'other', 'sid-1'],
      ['store.record', 'sessions', 'sid-1'],
      ['store.value', 'sessions'],
      ['store.value', 'sessions', 'sid-1', ''],
      ['store.valuesessions', 'sid-1'],
      ['store.value', 'sessions","sid-1'],
      ['store.value,sessions,sid-1'],
      [JSON.stringify(context)],
    ]) {
      expect(open(sealed, other), other.join('|')).toThrow(broken)
    }
  })
})

describe('attack: parts of two sealed texts in one', () => {
  const other = Buffer.from(
    createKeyRing({ keys: [{ id, key }] }).seal(context, Buffer.from('{"user":"eve","role":"admin"}')),
  )
  it.each([
    ['the mark of another period', HEAD - 16, HEAD],
    ['another nonce', HEAD, HEAD + 12],
    ['another text', HEAD + 12, sealed.length - 16],
    ['another tag', sealed.length - 16, sealed.length],
    ['all but the head', HEAD, sealed.length],
  ])('%s', (_, from, to) => {
    expect(open(Buffer.concat([sealed.subarray(0, from), other.subarray(from, to), sealed.subarray(to)]))).toThrow(
      broken,
    )
  })
})

describe('attack: another key', () => {
  it('of the same name', () => {
    const eve = createKeyRing({ keys: [{ id, key: randomBytes(32) }] })
    expect(open(eve.seal(context, secret))).toThrow(broken)
  })

  it('of a name that is not in the ring: said by name, because the operator can put it back', () => {
    const gone = createKeyRing({ keys: [{ id: '2025-10', key }] })
    expect(open(gone.seal(context, secret))).toThrow(missing)
    expect(open(gone.seal(context, secret))).toThrow("the key '2025-10', which is not in the key ring")
  })

  it('of a name that is to steer a terminal or fill a log', () => {
    for (const name of ['\u001b[2J', 'a\nINFO all is well', '', 'é']) {
      const bytes = Buffer.from(name, 'latin1')
      const forged = Buffer.concat([Uint8Array.of(1, bytes.length), bytes, sealed.subarray(2 + id.length)])
      expect(open(forged), JSON.stringify(name)).toThrow(broken)
      expect(open(forged)).not.toThrow(/INFO/)
    }
  })

  it('in the same ring, by writing its name in the head', () => {
    const both = createKeyRing({
      keys: [
        { id, key },
        { id: '2026-04', key: randomBytes(32) },
      ],
    })
    const renamed = Buffer.from(sealed)
    renamed.write('2026-04', 2, 'latin1')
    expect(() => both.open(context, renamed)).toThrow(broken)
  })

  it('of an earlier form, or a later one', () => {
    for (const form of [0, 2, 255])
      expect(open(Buffer.concat([Uint8Array.of(form), sealed.subarray(1)]))).toThrow(broken)
  })
})

describe('attack: a nonce that comes twice under one key', () => {
  it('never comes in many seals of one process, of equal and of different bytes', () => {
    const it = createKeyRing({ keys: [{ id, key }], sealsPerKey: 1000 })
    const seen = new Set<string>()
    for (let i = 0; i < 20_000; i++) {
      seen.add(Buffer.from(it.seal(context, i % 2 === 0 ? secret : randomBytes(4))).toString('latin1', 0, HEAD + 12))
    }
    expect(seen.size).toBe(20_000)
  })

  it('cannot follow from a restart, or from nodes that begin alike: each has a key of its own', () => {
    const heads = Array.from({ length: 500 }, () =>
      Buffer.from(createKeyRing({ keys: [{ id, key }] }).seal(context, secret)).toString('latin1', 0, HEAD),
    )
    expect(new Set(heads).size).toBe(500)
  })

  it('shows nothing of equal bytes: they are sealed differently each time', () => {
    const texts = Array.from({ length: 100 }, () => Buffer.from(ring.seal(context, secret)).toString('hex', HEAD + 12))
    expect(new Set(texts).size).toBe(100)
  })
})

it('attack: any bytes whatever, and any that begin as a sealed text does', () => {
  const any = fc.uint8Array({ maxLength: 200 })
  const headed = fc
    .tuple(fc.nat(sealed.length), any)
    .map(([kept, rest]) => Buffer.concat([sealed.subarray(0, kept), rest]))
  fc.assert(
    fc.property(fc.oneof(any, headed), (bytes) => {
      fc.pre(Buffer.compare(bytes, sealed) !== 0)
      expect(open(bytes)).toThrow(expect.objectContaining({ status: 503, expose: false, name: 'SecurityError' }))
    }),
    { numRuns: 2000 },
  )
})

it('attack: a context made up so that it reads like another one', () => {
  const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('a', 'b', '","', '["a"]', '\\', '\0')), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(words, words, (one, other) => {
      fc.pre(one.length !== other.length || one.some((word, i) => word !== other[i]))
      expect(() => ring.open(other, ring.seal(one, secret))).toThrow(broken)
    }),
    { numRuns: 500 },
  )
})

it('attack: no error repeats what was sealed', () => {
  for (const bytes of [secret, sealed.subarray(0, -1), Buffer.concat([sealed, secret])]) {
    expect(open(bytes)).not.toThrow(/ada|clerk/)
  }
})
