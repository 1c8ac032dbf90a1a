import { describe, expect, it } from 'vitest'
import { parseCompact } from '../src/compact.ts'
import { expectRefusal } from './support/refused.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const header = encode('{"alg":"ES256"}')
const payload = encode('{"sub":"alice"}')
const token = `${header}.${payload}.AAAA`

describe('parseCompact', () => {
  it('takes a token apart', () => {
    expect(parseCompact(token, 8192)).toEqual({ header: { alg: 'ES256' }, claims: { sub: 'alice' } })
  })

  it('accepts a token of exactly the largest size, and none that is larger', () => {
    expect(parseCompact(token, token.length).claims).toEqual({ sub: 'alice' })
    expectRefusal('ERR_JWT_MALFORMED', () => parseCompact(token, token.length - 1))
  })

  it.each([
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['no payload', `${header}..AAAA`],
    ['no header', `.${payload}.AAAA`],
    ['four parts', `${token}.AAAA`],
    ['five parts, as an encrypted token has', `${token}.AAAA.AAAA`],
    ['dots only', '..'],
    ['padding', `${header}.${payload}.AAA=`],
    ['the alphabet of plain base64', `${header}.${payload}.AA+/`],
    ['a space inside', `${header}.${payload}.AA AA`],
    ['a line break at the end', `${token}\n`],
    ['a character beyond ASCII', `${header}.${payload}.AAAÄ`],
    ['a length that no bytes have', `${header}.${payload}.AAAAA`],
    ['stray bits after one byte', `${header}.${payload}.AB`],
    ['stray bits after two bytes', `${header}.${payload}.AAB`],
    ['stray bits in the header', `${header.slice(0, -1)}R.${payload}.AAAA`],
    ['a header that is no JSON', `${encode('{alg:1}')}.${payload}.AAAA`],
    ['a payload that is a list', `${header}.${encode('[]')}.AAAA`],
    ['a payload that is a string', `${header}.${encode('"sub"')}.AAAA`],
    ['a payload that is null', `${header}.${encode('null')}.AAAA`],
  ])('refuses %s', (_case, text) => {
    expectRefusal('ERR_JWT_MALFORMED', () => parseCompact(text, 8192))
  })

  it('accepts one spelling of the last character only', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = (prefix: string): string[] =>
      alphabet.split('').filter((last) => {
        try {
          return parseCompact(`${header}.${payload}.${prefix}${last}`, 8192) !== undefined
        } catch {
          return false
        }
      })
    expect(accepted('A')).toHaveLength(4)
    expect(accepted('AA')).toHaveLength(16)
    expect(accepted('AAA')).toHaveLength(64)
  })
})
