import { createSecretKey, generateKeyPairSync, hkdfSync, createDecipheriv, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { createKeyRing, SecurityError, type KeyRingOptions, type RingKey } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'

const DAY = 24 * 60 * 60 * 1000
const key = randomBytes(32)
const bytes = new TextEncoder().encode('JBSWY3DPEHPK3PXP')
const context = ['totp.secret', 'https://id.example.com/', 'ada']

function ring(more: Partial<KeyRingOptions> = {}) {
  return createKeyRing({ keys: [{ id: '2026-01', key }], ...more })
}

/** Where the parts of a sealed text are, told by the documented format and not by the code. */
function partsOf(sealed: Uint8Array) {
  const at = Buffer.from(sealed)
  const head = 2 + at[1]!
  return {
    form: at[0],
    id: at.toString('latin1', 2, head),
    mark: at.toString('hex', head, head + 16),
    nonce: at.toString('hex', head + 16, head + 28),
    text: at.subarray(head + 28, -16),
    tag: at.subarray(-16),
  }
}

describe('a key ring', () => {
  it('gives back what it sealed, whatever that is', () => {
    const it = ring()
    for (const value of [
      bytes,
      new Uint8Array(),
      Uint8Array.from({ length: 256 }, (_, i) => i),
      randomBytes(3_000_000),
    ]) {
      const sealed = it.seal(context, value)
      expect(Buffer.compare(it.open(context, sealed), value)).toBe(0)
      expect(sealed.length).toBe(value.length + 46 + '2026-01'.length)
    }
  })

  it('takes contexts of any words', () => {
    const it = ring()
    for (const words of [[''], ['a', 'b'], ['\0', '\ud800', '\u{1f511}', '","'], Array.from({ length: 100 }, String)]) {
      expect(it.open(words, it.seal(words, bytes))).toEqual(Buffer.from(bytes))
    }
  })

  it('takes views of larger buffers and bytes of another realm, and gives bytes of its own', () => {
    const it = ring()
    const view = Buffer.from('before|inside|after').subarray(7, 13)
    const sealed = Buffer.concat([Buffer.from('xxx'), it.seal(context, view), Buffer.from('yyy')])
    const opened = it.open(context, sealed.subarray(3, -3))
    sealed.fill(0)
    expect(Buffer.from(opened).toString()).toBe('inside')
    const foreign = runInNewContext('new Uint8Array([1, 2, 3])') as Uint8Array
    expect(it.open(context, it.seal(context, foreign))).toEqual(Buffer.from([1, 2, 3]))
  })

  it('writes what its documentation says: AES-256-GCM under a key from HKDF-SHA-256', () => {
    const { form, id, mark, nonce, text, tag } = partsOf(ring().seal(context, bytes))
    expect([form, id]).toEqual([1, '2026-01'])
    const head = Buffer.concat([Buffer.from([1, 7]), Buffer.from('2026-01'), Buffer.from(mark, 'hex')])
    const dataKey = Buffer.from(hkdfSync('sha256', key, Buffer.from(mark, 'hex'), 'sallyport key ring 1 2026-01', 32))
    const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(nonce, 'hex'), { authTagLength: 16 })
    decipher.setAAD(Buffer.concat([head, Buffer.from(JSON.stringify(context))])).setAuthTag(tag)
    expect(Buffer.concat([decipher.update(text), decipher.final()])).toEqual(Buffer.from(bytes))
  })

  it('opens what earlier versions sealed', () => {
    const fixed = Buffer.from('f5e05782aa4e8bd131f0fe9a3a67c0f600ae30e8601653f7b1f50c0aaf77c1b9', 'hex')
    const it = createKeyRing({ keys: [{ id: 'k1', key: fixed }] })
    expect(Buffer.from(it.open(['test', 'vector'], Buffer.from(VECTOR, 'base64'))).toString()).toBe(
      'sealed by version 0.2',
    )
  })

  it('opens what any of its keys sealed, and seals with the first', () => {
    const other = { id: '2026-04', key: randomBytes(32) }
    const before = ring().seal(context, bytes)
    const rotated = createKeyRing({ keys: [other, { id: '2026-01', key }] })
    expect(rotated.open(context, before)).toEqual(Buffer.from(bytes))
    const after = rotated.seal(context, bytes)
    expect(partsOf(after).id).toBe('2026-04')
    // The order of a rotation without an outage: first every node can open, then one of them seals.
    expect(createKeyRing({ keys: [{ id: '2026-01', key }, other] }).open(context, after)).toEqual(Buffer.from(bytes))
  })

  it('takes the key as bytes, as base64url or as a KeyObject: the same key', () => {
    const sealed = ring().seal(context, bytes)
    for (const same of [new Uint8Array(key), key.toString('base64url'), createSecretKey(key)]) {
      expect(createKeyRing({ keys: [{ id: '2026-01', key: same }] }).open(context, sealed)).toEqual(Buffer.from(bytes))
    }
  })

  it('does not depend on the bytes that it was given once it has them', () => {
    const given = new Uint8Array(key)
    const it = createKeyRing({ keys: [{ id: '2026-01', key: given }] })
    const sealed = it.seal(context, bytes)
    given.fill(0)
    expect(it.open(context, sealed)).toEqual(Buffer.from(bytes))
  })
})

describe('the key that seals', () => {
  it('changes after 90 days; what the one before sealed is opened as ever', async () => {
    const clock = createTestClock()
    const it = ring({ clock })
    const first = it.seal(context, bytes)
    await clock.advance(90 * DAY - 1)
    expect(partsOf(it.seal(context, bytes)).mark).toBe(partsOf(first).mark)
    await clock.advance(1)
    expect(partsOf(it.seal(context, bytes)).mark).not.toBe(partsOf(first).mark)
    expect(it.open(context, first)).toEqual(Buffer.from(bytes))
    await clock.advance(3650 * DAY)
    expect(it.open(context, first)).toEqual(Buffer.from(bytes))
  })

  it('changes when the time is set back, and not at every seal then', () => {
    const clock = createTestClock()
    const it = ring({ clock })
    const marks = [partsOf(it.seal(context, bytes)).mark]
    clock.set(clock.now() - 365 * DAY)
    for (let i = 0; i < 3; i++) marks.push(partsOf(it.seal(context, bytes)).mark)
    expect(new Set(marks).size).toBe(2)
  })

  it('changes after so many seals', () => {
    const it = ring({ sealsPerKey: 10 })
    const marks = Array.from({ length: 35 }, () => partsOf(it.seal(context, bytes)).mark)
    const counts = [...new Set(marks)].map((mark) => marks.filter((one) => one === mark).length)
    expect(counts).toEqual([10, 10, 10, 5])
  })

  it('is another one in every process, so that nodes need not agree on a clock or a count', () => {
    const marks = Array.from({ length: 50 }, () => partsOf(ring().seal(context, bytes)).mark)
    expect(new Set(marks).size).toBe(50)
  })

  it('is found again however many there were, from one node to another', () => {
    const sealed = Array.from({ length: 1500 }, () => ring().seal(context, bytes))
    const reader = ring()
    for (let round = 0; round < 2; round++) {
      for (const one of sealed) expect(reader.open(context, one)).toHaveLength(bytes.length)
    }
  })
})

describe('createKeyRing refuses', () => {
  const accepted = /; accepted is 32 random bytes, as a Uint8Array, as base64url or as a KeyObject$/
  const wrong: Readonly<Record<string, [unknown, RegExp]>> = {
    'a key of 31 bytes': [randomBytes(31), accepted],
    'a key of 33 bytes': [randomBytes(33), accepted],
    'no bytes': [new Uint8Array(), accepted],
    'an AES-128 key': [createSecretKey(randomBytes(16)), accepted],
    'hexadecimal, which is 48 bytes of base64url': [key.toString('hex'), accepted],
    'base64 with its padding': [Buffer.alloc(32, 0xff).fill(key, 0, 16).toString('base64'), accepted],
    'a password': ['correct horse battery staple', accepted],
    'a password of 43 characters': ['thisIsAVeryLongPasswordWhichIsNotRandomAtAl', /bytes/],
    'a private key': [generateKeyPairSync('ed25519').privateKey, accepted],
    'a number': [5, accepted],
    null: [null, accepted],
    nothing: [undefined, accepted],
    'an object that looks like a key': [{ type: 'secret', export: 'no' }, accepted],
    'only zeros': [new Uint8Array(32), /not few different ones/],
    'sixteen bytes, twice': [Buffer.concat([key.subarray(0, 16), key.subarray(0, 16)]), /not few different ones/],
    'bytes that count': [Uint8Array.from({ length: 32 }, (_, i) => i), /not bytes that count/],
    'bytes that count down in threes': [Uint8Array.from({ length: 32 }, (_, i) => 200 - 3 * i), /not bytes that count/],
    'the text of a hexadecimal key': [Buffer.from('92b1c0a9d8e7f60514233241506f7e8d'), /not (few|a text)/],
    'a text': [Buffer.from('The quick brown fox jumps over 1'), /not a text/],
    'a text in a KeyObject': [createSecretKey(Buffer.from('The quick brown fox jumps over 1')), /not a text/],
  }
  for (const [name, [given, message]] of Object.entries(wrong)) {
    it(`${name}, and does not show it`, () => {
      const made = (): unknown =>
        createKeyRing({
          keys: [
            { id: 'good', key },
            { id: 'bad', key: given as never },
          ],
        })
      expect(made).toThrow(expect.objectContaining({ code: 'ERR_OPTION', status: 500 }))
      expect(made).toThrow(/^createKeyRing: option `keys\[1\]\.key` was a \w+ that is not shown/)
      expect(made).toThrow(message)
      if (typeof given === 'string') expect(made).not.toThrow(given)
    })
  }

  it('a name twice, a key twice', () => {
    const twice = (other: RingKey) => (): unknown => createKeyRing({ keys: [{ id: 'a', key }, other] })
    expect(twice({ id: 'a', key: randomBytes(32) })).toThrow('`keys[1].id`')
    expect(twice({ id: 'b', key: createSecretKey(key) })).toThrow('not in the ring under another name')
  })

  it('a name that is none, also where name and key were swapped, and shows neither', () => {
    for (const id of ['', 'a b', 'é', 'x'.repeat(65), 5, undefined, 'a\n', '../key']) {
      expect(() => createKeyRing({ keys: [{ id: id as never, key }] }), String(id)).toThrow(
        /`(keys\[0\]\.)?id` was a \w+ that is not shown; accepted is a name of 1 to 64/,
      )
    }
    const text = randomBytes(64).toString('base64url')
    expect(() => createKeyRing({ keys: [{ id: text, key: '2026-01' }] })).not.toThrow(text)
  })

  it('wrong options, by name', () => {
    for (const [options, message] of [
      [{ keys: [] }, 'option `keys`'],
      [{}, 'option `keys`'],
      [{ keys: 'a' }, 'option `keys`'],
      [{ keys: [key] }, 'keys[0]'],
      [{ keys: [null] }, 'option `keys`'],
      [{ key }, 'did you mean `keys`'],
      [{ keys: [{ kid: 'a', key }] }, 'did you mean `id`'],
      [
        { keys: [{ id: 'a', key }], rotateAfter: 0 },
        'option `rotateAfter` was 0; accepted is a number of milliseconds',
      ],
      [{ keys: [{ id: 'a', key }], sealsPerKey: 2 ** 33 }, 'option `sealsPerKey`'],
      [undefined, 'options must be an object'],
    ] as const) {
      const made = (): unknown => createKeyRing(options as never)
      expect(made, message).toThrow(message)
    }
  })

  it('to seal or open what is not bytes, or in no context, and repeats neither', () => {
    const it = ring()
    for (const call of [
      () => it.seal(context, 'a secret text' as never),
      () => it.open(context, 'a secret text' as never),
      () => it.seal([], bytes),
      () => it.seal('a secret word' as never, bytes),
      () => it.seal(['a', 5 as never], bytes),
      () => it.open(undefined as never, bytes),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
      expect(call).not.toThrow(/a secret/)
    }
  })
})

it('a key ring shows no key, however it is printed', () => {
  const shown = createKeyRing({ keys: [{ id: 'a', key }] })
  shown.open(context, shown.seal(context, bytes))
  const prints = [
    inspect(shown, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(shown),
    String(shown),
    JSON.stringify(Object.getOwnPropertyDescriptors(shown)),
    inspect(Object.values(shown), { showHidden: true, depth: 20 }),
  ].join()
  for (const form of ['hex', 'base64', 'base64url'] as const) expect(prints).not.toContain(key.toString(form))
  expect(prints.toLowerCase()).not.toContain(inspect(key).slice(8, 30))
  expect(prints).not.toContain([...key].slice(0, 4).join(','))
})

it('what cannot be opened is a SecurityError that a client is told nothing of', () => {
  try {
    ring().open(context, bytes)
    expect.unreachable()
  } catch (thrown) {
    expect(SecurityError.is(thrown) && [thrown.code, thrown.status, thrown.expose]).toEqual([
      'ERR_SEAL_BROKEN',
      503,
      false,
    ])
  }
})

const VECTOR = 'AQJrMd6/MxXJvxC/kuHp7taGEQg/6rONrjS2yf0IB6L0hzDy5wVbeAKmJFw2owpIGclGicoPPFNVfkE72pPopguOuxSQ'
