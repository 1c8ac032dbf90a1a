import { createEnvironment } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { piiRedactor } from '@sallyport/pii-redactor'

const pii = piiRedactor({
  env: createEnvironment(),
  fields: { 'orders[*].note': 'SECRET', '**.owner': 'NAME', status: 'keep' },
})

describe('redact', () => {
  it('knows fields at any depth, in any case and style', () => {
    const value = {
      a: [{ First_Name: 'x', 'date-of-birth': 'y', PHONENUMBER: 5, nested: { apiKey: 'k', ok: 'fine' } }],
    }
    expect(pii.redact(value)).toEqual({
      a: [
        {
          First_Name: '[NAME]',
          'date-of-birth': '[DATE_OF_BIRTH]',
          PHONENUMBER: '[PHONE]',
          nested: { apiKey: '[SECRET]', ok: 'fine' },
        },
      ],
    })
  })

  it('knows fields by paths with wildcards', () => {
    const value = {
      orders: [{ note: 'n', other: 'n' }],
      x: { y: { owner: 'o' } },
      note: 'n',
      status: 'ada@example.com',
    }
    expect(pii.redact(value)).toEqual({
      orders: [{ note: '[SECRET]', other: 'n' }],
      x: { y: { owner: '[NAME]' } },
      note: 'n',
      status: 'ada@example.com',
    })
  })

  it('gives back what needs no change, and never changes the value', () => {
    const plain = { a: 1, b: ['x', { c: null, d: undefined, e: true }], f: 1.5 }
    expect(pii.redact(plain)).toBe(plain)
    const value = Object.freeze({ mail: 'ada@example.com', list: Object.freeze(['ada@example.com']) })
    expect(pii.redact(value)).toEqual({ mail: '[EMAIL]', list: ['[EMAIL]'] })
    expect(value.mail).toBe('ada@example.com')
  })

  it('looks into maps, sets, errors, buffers, dates and big integers', () => {
    const error = Object.assign(new TypeError('no ada@example.com'), { user: { email: 'x' } })
    const redacted = pii.redact({
      map: new Map<string, unknown>([
        ['email', 'x'],
        ['n', 'ada@example.com'],
      ]),
      set: new Set(['ada@example.com']),
      error,
      buffer: Buffer.from('ada@example.com'),
      raw: new Uint8Array([255, 254, 0]),
      dob: new Date(0),
      at: new Date(0),
      card: 4111111111111111n,
      other: 12n,
      floats: new Float64Array([1.5]),
    })
    expect(redacted.map).toEqual(
      new Map([
        ['email', '[EMAIL]'],
        ['n', '[EMAIL]'],
      ]),
    )
    expect(redacted.set).toEqual(new Set(['[EMAIL]']))
    expect(redacted.error).toBeInstanceOf(TypeError)
    expect(redacted.error.message).toBe('no [EMAIL]')
    expect(redacted.error.stack).not.toContain('ada@')
    expect(redacted.error.user).toEqual({ email: '[EMAIL]' })
    expect(error.message).toBe('no ada@example.com')
    expect(redacted.buffer.toString()).toBe('[EMAIL]')
    expect(redacted).toMatchObject({ dob: '[DATE_OF_BIRTH]', at: new Date(0), card: '[CARD]', other: 12n })
    expect(redacted.raw).toEqual(new Uint8Array([255, 254, 0]))
  })

  it('reads what would be serialised', () => {
    class User {
      readonly #mail = 'ada@example.com'
      toJSON(): object {
        return { mail: this.#mail }
      }
    }
    expect(pii.redact<unknown>({ user: new User() })).toEqual({ user: { mail: '[EMAIL]' } })
  })
})

describe('attacks on redact: ', () => {
  it('a circle ends', () => {
    const value: Record<string, unknown> = { mail: 'ada@example.com' }
    value['self'] = value
    expect(pii.redact(value)).toEqual({ mail: '[EMAIL]', self: '[Circular]' })
  })

  it('what throws is taken out', () => {
    const hostile = {
      get bad(): string {
        throw new Error('ada@example.com')
      },
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(pii.redact<unknown>({ hostile, proxy, ok: 1 })).toEqual({
      hostile: '[REDACTED]',
      proxy: '[REDACTED]',
      ok: 1,
    })
  })

  it('a member called __proto__ changes no prototype', () => {
    const value = JSON.parse('{"__proto__":{"email":"x"},"mail":"ada@example.com"}') as object
    const redacted = pii.redact(value)
    expect(Object.getPrototypeOf(redacted)).toBe(Object.prototype)
    expect(JSON.stringify(redacted)).toBe('{"__proto__":{"email":"[EMAIL]"},"mail":"[EMAIL]"}')
  })

  it('depth without end does not overflow the stack', () => {
    let value: unknown = 'ada@example.com'
    for (let i = 0; i < 100_000; i++) value = [value]
    expect(() => JSON.stringify(pii.redact(value))).not.toThrow()
    expect(JSON.stringify(pii.redact(value))).not.toContain('ada@')
  })

  it('an allowed value lets nothing pass with it', () => {
    const lenient = piiRedactor({ env: createEnvironment(), allow: ['help@example.com'] })
    expect(lenient.redact('help@example.com, HELP@example.com, nohelp@example.com, help@example.com.evil.org')).toBe(
      'help@example.com, HELP@example.com, [EMAIL], [EMAIL]',
    )
  })
})
