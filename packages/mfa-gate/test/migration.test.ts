import { readAuthenticatorExport } from '@sallyport/mfa-gate'
import speakeasy from 'speakeasy'
import { describe, expect, it } from 'vitest'
import { ada, mfaApp } from './support/app.ts'

const secret = 'JBSWY3DPEHPK3PXP'
const bytes = Buffer.from('48656c6c6f21deadbeef', 'hex')

/** A field as Protocol Buffers write it. */
function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)])
  const content = Buffer.from(value as Uint8Array)
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content])
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value % 128) | 128]), varint(Math.floor(value / 128))])
}

interface Entry {
  readonly key?: Uint8Array
  readonly name?: string
  readonly algorithm?: number
  readonly digits?: number
  readonly type?: number
}

function entry({ key = bytes, name = 'Shop:ada', algorithm = 1, digits = 1, type = 2 }: Entry = {}): Buffer {
  const fields = [
    field(1, key),
    field(2, name),
    field(3, 'Shop'),
    field(4, algorithm),
    field(5, digits),
    field(6, type),
  ]
  return field(1, Buffer.concat(fields))
}

function address(...parts: readonly Buffer[]): string {
  return `otpauth-migration://offline?data=${encodeURIComponent(Buffer.concat(parts).toString('base64'))}`
}

const TAIL = Buffer.concat([field(2, 1), field(3, 2), field(4, 1), field(5, 1_234_567_890)])

describe('an export of Google Authenticator', () => {
  it('is read with all that it says', () => {
    const given = address(entry(), entry({ name: 'Zoë', algorithm: 3, digits: 2 }), TAIL)
    expect(readAuthenticatorExport(given)).toEqual({
      secrets: [
        { secret, digits: 6, period: 30, algorithm: 'sha1', name: 'Shop:ada', issuer: 'Shop' },
        { secret, digits: 8, period: 30, algorithm: 'sha512', name: 'Zoë', issuer: 'Shop' },
      ],
      skipped: 0,
      part: 2,
      parts: 2,
    })
  })

  it('lets in by its codes after the import', async () => {
    const { browser, clock, mfa } = await mfaApp()
    const [{ name, issuer, ...given } = { name: '', issuer: '' }] = readAuthenticatorExport(address(entry())).secrets
    expect(issuer).toBe('Shop')
    await mfa.import(ada, 'totp', given, name)
    const code = speakeasy.totp({ secret, encoding: 'base32', time: clock.now() / 1000 })
    expect((await browser().post('/mfa/verify', { factor: 'totp', code })).status).toBe(200)
  })

  it('is taken with fields that are not known yet, with defaults that are not written, and with base64 that a form has changed', () => {
    const bare = field(
      1,
      Buffer.concat([field(1, bytes), field(6, 2), field(8, 'unique'), Buffer.from('4d01020304', 'hex')]),
    )
    expect(readAuthenticatorExport(address(bare)).secrets).toMatchObject([
      { secret, digits: 6, algorithm: 'sha1', name: '' },
    ])
    const odd = entry({ key: Buffer.alloc(20, 0xfb) })
    const plain = decodeURIComponent(address(odd))
    expect(plain).toContain('+')
    const expected = readAuthenticatorExport(address(odd))
    expect(readAuthenticatorExport(plain)).toEqual(expected)
    expect(readAuthenticatorExport(plain.replaceAll('+', ' '))).toEqual(expected)
  })

  it('leaves out what makes no codes that are supported, and says how many', () => {
    const given = address(entry(), entry({ type: 1 }), entry({ algorithm: 4 }), entry({ digits: 9 }))
    expect(readAuthenticatorExport(given)).toMatchObject({ secrets: [{ secret }], skipped: 3 })
  })

  const whole = Buffer.concat([entry(), TAIL])
  it.each<[string, unknown]>([
    ['that is none', 'otpauth://totp/Old?secret=JBSWY3DPEHPK3PXP'],
    ['that is no text', { data: secret }],
    ['without data', 'otpauth-migration://offline'],
    ['of data that is no base64', 'otpauth-migration://offline?data=***'],
    ['with a broken escape', 'otpauth-migration://offline?data=%E0%A4'],
    ['that is empty', address(TAIL)],
    ['with a secret that is too short', address(entry({ key: bytes.subarray(0, 9) }))],
    ['with a name that is no text', address(field(1, Buffer.concat([field(1, bytes), field(2, Buffer.from([0xff]))])))],
    ['with a number in place of a secret', address(field(1, 7))],
    ['with a length beyond its end', address(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]))],
    ['with a number that does not end', address(Buffer.alloc(64, 0xff))],
    ['with a group', address(Buffer.from([0x0b, 0x0c]))],
    ['with more secrets than a QR code can hold', address(...Array.from({ length: 101 }, () => entry()))],
    ['that is longer than any', address(Buffer.alloc(10_000))],
  ])('%s is refused, and not shown', (_what, given) => {
    const read = (): unknown => readAuthenticatorExport(given as string)
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
    expect(read).not.toThrow(/JBSWY3DP|SGVsbG8|data=\w/)
  })

  it('cut off anywhere is refused or read to a whole secret, never to a part of one', () => {
    for (let end = 1; end < whole.length; end++) {
      let read: ReturnType<typeof readAuthenticatorExport> | undefined
      try {
        read = readAuthenticatorExport(address(whole.subarray(0, end)))
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'ERR_OPTION' })
      }
      if (read !== undefined) expect(read.secrets).toMatchObject([{ secret, name: 'Shop:ada' }])
    }
  })
})
