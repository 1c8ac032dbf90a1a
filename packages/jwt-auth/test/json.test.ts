import { describe, expect, it } from 'vitest'
import { freezeDeep, parseObject } from '../src/json.ts'
import { expectRefusal } from './support/refused.ts'

const parse = (text: string): Record<string, unknown> => parseObject(Buffer.from(text))
const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('parseObject', () => {
  it.each([
    '{}',
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    String.raw`{"a":"{\"b\":[1]}","c":"\\","d":"\\\"::"}`,
    '{"a":":::","b":"}{][","c":"ü€😀"}',
    ' { "a" : [ ] } ',
    '{"__proto__":{"admin":true},"constructor":1}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['at the top', '{"sub":"alice","sub":"mallory"}'],
    ['spelt with an escape', String.raw`{"sub":"alice","s\u0075b":"mallory"}`],
    ['inside another member', '{"act":{"sub":"a","sub":"b"}}'],
    ['in a list', '{"a":[{"b":1,"b":1}]}'],
    ['that the prototype has too', '{"__proto__":1,"__proto__":2}'],
    ['that is empty', '{"":1,"":2}'],
  ])('refuses a member that occurs twice %s', (_case, text) => {
    expectRefusal('ERR_JWT_MALFORMED', () => parse(text))
  })

  it('bounds nesting', () => {
    expect(parse(nested(16))).toHaveProperty('a')
    expectRefusal('ERR_JWT_MALFORMED', () => parse(nested(17)))
    expectRefusal('ERR_JWT_MALFORMED', () => parse('{"a":'.repeat(4000)))
  })

  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a byte order mark', Buffer.from('\u{FEFF}{}')],
    ['a comment', Buffer.from('{}//')],
    ['an open string', Buffer.from('{"a')],
    ['an escape at the end', Buffer.from('{"a\\')],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_case, bytes) => {
    expectRefusal('ERR_JWT_MALFORMED', () => parseObject(bytes))
  })

  it('leaves the prototype of objects alone', () => {
    parse('{"__proto__":{"polluted":true}}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('what parseObject gives', () => {
  it('is frozen to its depth, lists too', () => {
    const value = parse('{"a":[{"b":{"c":[1]}}],"d":{}}') as { a: { b: { c: number[] } }[]; d: object }
    for (const one of [value, value.a, value.a[0], value.a[0]!.b, value.a[0]!.b.c, value.d]) {
      expect(Object.isFrozen(one)).toBe(true)
    }
  })
})

describe('freezeDeep', () => {
  it('freezes objects and lists at every depth', () => {
    const value = freezeDeep({ a: [{ b: { c: [] as number[] } }] })
    expect(() => value.a[0]!.b.c.push(1)).toThrow(TypeError)
    expect(() => Object.assign(value.a[0]!.b, { d: 1 })).toThrow(TypeError)
    expect(() => value.a.pop()).toThrow(TypeError)
  })
})
