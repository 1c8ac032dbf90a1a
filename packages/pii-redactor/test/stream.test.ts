import { createEnvironment } from '@sallyport/core'
import fc from 'fast-check'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { piiRedactor, type StreamKind } from '@sallyport/pii-redactor'
import { samples } from './samples.ts'

const pii = piiRedactor({ env: createEnvironment() })
const own = piiRedactor({
  env: createEnvironment(),
  detectors: [{ entity: 'EMPLOYEE', pattern: /EMP-\d{4,8}/ }],
})

async function through(pieces: Iterable<Buffer | string>, redactor = pii, kind: StreamKind = 'text'): Promise<string> {
  const stream = redactor.stream({ kind })
  const parts: Buffer[] = []
  for await (const part of Readable.from(pieces).pipe(stream)) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

/** Says where two long texts part, not both of them. */
function expectSame(actual: string, wanted: string, at?: number): void {
  if (actual === wanted) return
  let i = 0
  while (actual[i] === wanted[i]) i++
  const around = (text: string): string => text.slice(Math.max(0, i - 40), i + 40)
  expect({ at, i, text: around(actual) }).toEqual({ at, i, text: around(wanted) })
}

describe('a stream of text', () => {
  const text = samples.join('') + samples.join('').replaceAll('\n', ' ')
  const line = samples.join('').replaceAll('\n', ' ')

  it('says the same as the whole text at every split position, also inside UTF-8', async () => {
    const whole = pii.redact(line)
    const bytes = Buffer.from(line)
    expect(whole).not.toContain('4111 1111')
    for (let at = 0; at <= bytes.length; at++) {
      const out = await through([bytes.subarray(0, at), bytes.subarray(at)])
      expectSame(out, whole, at)
    }
  })

  it('says the same byte by byte, and with detectors of the app', async () => {
    const long = `${text} EMP-123456 ${'lorem ipsum '.repeat(80)} EMP-99887766${'x'.repeat(9000)} ada@example.com ${'y'.repeat(9500)}@example.com ${text}`
    for (const redactor of [pii, own]) {
      const bytes = Buffer.from(long)
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7))
      expectSame(await through(pieces, redactor), redactor.redact(long))
    }
  })

  it('says the same however random text is cut', async () => {
    const word = fc.oneof(
      fc.constantFrom(...samples.flatMap((one) => one.split(' '))),
      fc.constantFrom(
        'password: ',
        'Tel. ',
        'SSN ',
        '@',
        '://',
        '-----BEGIN PRIVATE KEY-----',
        '+49',
        '\n',
        '"',
        'é',
        '😀',
      ),
      fc.string({ maxLength: 12 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 60 }),
        fc.array(fc.nat(400), { maxLength: 6 }),
        async (words, cuts) => {
          const bytes = Buffer.from(words.join(' '))
          const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b)
          const parts = places.slice(1).map((to, i) => bytes.subarray(places[i], to))
          expectSame(await through(parts), pii.redact(bytes.toString()))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives a line as soon as it has ended', async () => {
    const stream = pii.stream()
    stream.write('call ada@example.com now\n')
    expect(String(stream.read())).toBe('call [EMAIL] now\n')
    stream.destroy()
  })

  it('holds a bounded part of a text without an end', () => {
    const stream = pii.stream()
    let out = 0
    stream.on('data', (part: Buffer) => (out += part.length))
    for (let i = 0; i < 200; i++) stream.write('x'.repeat(10_000))
    return new Promise<void>((resolve) => {
      stream.write('y', () => {
        expect(out).toBeGreaterThan(1_900_000)
        stream.destroy()
        resolve()
      })
    })
  })
})

describe('a stream of JSON', () => {
  const value = {
    user: {
      email: 'a\u0040b.com',
      nested: [{ Password: 'x"y\\z', phoneNumber: 5551234567, note: 'card 4111111111111111 ü' }],
    },
    list: ['plain', 'ada@example.com', 1, true, null, 1.5e10],
    'grace@example.com': 'key',
  }
  const text = `${JSON.stringify(value).replace('@', '\\u0040')}\n${JSON.stringify(value)}`

  it('says the same at every split position, inside escapes and numbers', async () => {
    const whole = await through([text], pii, 'json')
    for (let at = 0; at <= Buffer.byteLength(text); at++) {
      const bytes = Buffer.from(text)
      expect(await through([bytes.subarray(0, at), bytes.subarray(at)], pii, 'json')).toBe(whole)
    }
  })

  it('says what the same value says as an object', async () => {
    const [first, second] = (await through([text], pii, 'json')).split('\n')
    expect(JSON.parse(first!)).toEqual(pii.redact(value))
    expect(JSON.parse(second!)).toEqual(pii.redact(value))
  })

  it('leaves what holds nothing as it was written', async () => {
    const plain = '{ "a" : [1.50, 2e3 , {"b":"\\u00e9"}] }\n{"c":null}'
    expect(await through([plain], pii, 'json')).toBe(plain)
  })
})

describe('a stream of events', () => {
  it('gives each line at once, with its JSON as JSON', () => {
    const stream = pii.stream({ kind: 'sse' })
    stream.write('event: user\ndata: {"password":"a b","mail":"ada@exa')
    expect(String(stream.read())).toBe('event: user\n')
    stream.write('mple.com"}\n\n')
    expect(String(stream.read())).toBe('data: {"password":"[SECRET]","mail":"[EMAIL]"}\n\n')
  })
})
