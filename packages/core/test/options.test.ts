import {
  accept,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  nearest,
  optionError,
  type OptionRules,
} from '@sallyport/core'
import { expect, it } from 'vitest'

interface Options {
  readonly audience: string
  readonly leeway?: number
  readonly mode?: string
  readonly secret?: string
}
const rules: OptionRules<Options> = {
  audience: accept.string,
  leeway: acceptNumber('seconds', 0, 60),
  mode: acceptOneOf('on', 'off'),
  secret: { accepts: 'at least 32 bytes', test: () => false, secret: true },
}
const messageOf = (options: unknown): string => {
  try {
    checkOptions<Options>('jwtAuth', options, rules)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_OPTION', status: 500, expose: false })
    return (error as Error).message
  }
  return 'accepted'
}

it.each([
  [{ audience: 'x' }, 'accepted'],
  [{ audience: 'x', leeway: undefined }, 'accepted'],
  [
    { audiance: 'x' },
    'jwtAuth: unknown option `audiance` (did you mean `audience`?); known are audience, leeway, mode, secret',
  ],
  [
    { AUDIENCE: 'x' },
    'jwtAuth: unknown option `AUDIENCE` (did you mean `audience`?); known are audience, leeway, mode, secret',
  ],
  [{ colour: 'x' }, 'jwtAuth: unknown option `colour`; known are audience, leeway, mode, secret'],
  [{ audience: '' }, "jwtAuth: option `audience` was ''; accepted is a non-empty string"],
  [{ audience: 7 }, 'jwtAuth: option `audience` was 7; accepted is a non-empty string'],
  [{ leeway: 61 }, 'jwtAuth: option `leeway` was 61; accepted is a number of seconds from 0 to 60'],
  [{ leeway: Number.NaN }, 'jwtAuth: option `leeway` was NaN; accepted is a number of seconds from 0 to 60'],
  [{ mode: 'maybe' }, "jwtAuth: option `mode` was 'maybe'; accepted is 'on' or 'off'"],
  [{ mode: ['on'] }, "jwtAuth: option `mode` was a list of 1 (first: 'on'); accepted is 'on' or 'off'"],
  ['text', "jwtAuth: options must be an object; given was 'text'"],
  [null, 'jwtAuth: options must be an object; given was null'],
  [[], 'jwtAuth: options must be an object; given was an empty list'],
])('%j: %s', (options, message) => {
  expect(messageOf(options)).toBe(message)
})

it('never shows a secret', () => {
  expect(messageOf({ secret: 'hunter2' })).toBe(
    'jwtAuth: option `secret` was a string that is not shown; accepted is at least 32 bytes',
  )
})

it('attack: an option named like a prototype member is unknown, not inherited', () => {
  expect(messageOf(JSON.parse('{"__proto__":1}'))).toMatch(/unknown option `__proto__`/)
  expect(messageOf({ constructor: 1 })).toMatch(/unknown option `constructor`/)
})

it('names the near miss and nothing far-fetched', () => {
  const known = ['issuer', 'audience', 'jwksUri', 'publicKey']
  expect(nearest('jwks_uri', known)).toBe('jwksUri')
  expect(nearest('issure', known)).toBe('issuer')
  expect(nearest('raed', ['read', 'write'])).toBe('read')
  expect(nearest('public_keys', known)).toBe('publicKey')
  expect(nearest('x', known)).toBeUndefined()
  expect(nearest('', known)).toBeUndefined()
})

it('shortens what is long', () => {
  expect(optionError('f', 'o', 'x'.repeat(500), accept.function).message).toBe(
    'f: option `o` was a string of 500 characters; accepted is a function',
  )
})
