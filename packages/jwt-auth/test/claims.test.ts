import { describe, expect, it } from 'vitest'
import {
  actorOf,
  audiencesOf,
  requiredString,
  rolesOf,
  scopesOf,
  stringClaim,
  stringsClaim,
  timeClaim,
} from '../src/claims.ts'
import { expectRefusal } from './support/refused.ts'

const expectRefused = (attempt: () => unknown): void => expectRefusal('ERR_JWT_CLAIMS', attempt)

describe('string claims', () => {
  it('may be absent, unless they are required', () => {
    expect(stringClaim({}, 'sid')).toBeUndefined()
    expectRefused(() => requiredString({}, 'sub'))
  })

  it.each([null, 1, true, [], {}, ''])('refuses %j', (value) => {
    expectRefused(() => stringClaim({ sid: value }, 'sid'))
  })

  it('refuses lone surrogates, which would make two subjects one key of a store', () => {
    expectRefused(() => stringClaim({ sub: 'a\u{D800}' }, 'sub'))
    expect(stringClaim({ sub: 'a😀' }, 'sub')).toBe('a😀')
  })

  it('does not take members of the prototype for claims', () => {
    expect(stringClaim({}, 'constructor')).toBeUndefined()
    expect(stringsClaim({}, 'toString')).toBeUndefined()
  })
})

describe('timeClaim', () => {
  it('takes seconds, also with a fraction', () => {
    expect(timeClaim({ exp: 1.5 }, 'exp')).toBe(1.5)
    expect(timeClaim({}, 'exp')).toBeUndefined()
  })

  it('refuses what is no time, also a number that JSON writes too large', () => {
    for (const value of ['1', null, -1, {}, [1], JSON.parse('1e999') as number])
      expectRefused(() => timeClaim({ exp: value }, 'exp'))
  })
})

describe('scopesOf', () => {
  it('tells no scopes at all from an empty list', () => {
    expect(scopesOf({})).toBeUndefined()
    expect(scopesOf({ scope: '' })).toEqual([])
  })

  it('reads words and lists, of `scope` before `scp`', () => {
    expect(scopesOf({ scope: 'a b' })).toEqual(['a', 'b'])
    expect(scopesOf({ scope: ['a', 'b'] })).toEqual(['a', 'b'])
    expect(scopesOf({ scp: 'a b' })).toEqual(['a', 'b'])
    expect(scopesOf({ scp: ['a'] })).toEqual(['a'])
    expect(scopesOf({ scope: 'a', scp: ['a', 'admin'] })).toEqual(['a'])
  })

  it.each([null, 1, {}, [1], ['a', ''], [['a']]])('refuses %j', (scope) => {
    expectRefused(() => scopesOf({ scope }))
  })
})

describe('rolesOf', () => {
  it('follows a path', () => {
    expect(rolesOf({ realm_access: { roles: ['a'] } }, ['realm_access', 'roles'])).toEqual(['a'])
    expect(rolesOf({ roles: 'a' }, ['roles'])).toEqual(['a'])
  })

  it('finds none where the path leads nowhere', () => {
    expect(rolesOf({}, ['realm_access', 'roles'])).toEqual([])
    expect(rolesOf({ realm_access: {} }, ['realm_access', 'roles'])).toEqual([])
    expect(rolesOf({}, ['constructor', 'name'])).toEqual([])
  })

  it.each([
    [{ roles: [1] }, ['roles']],
    [{ roles: null }, ['roles']],
    [{ roles: { admin: true } }, ['roles']],
    [{ roles: '' }, ['roles']],
    [{ realm_access: 'admin' }, ['realm_access', 'length']],
    [{ realm_access: ['admin'] }, ['realm_access', '0']],
  ])('refuses %j', (claims, path) => {
    expectRefused(() => rolesOf(claims, path))
  })
})

describe('actorOf', () => {
  it('reads a chain of actors', () => {
    expect(actorOf({ act: { sub: 'service', iss: 'https://id', act: { sub: 'proxy' } } })).toEqual({
      subject: 'service',
      issuer: 'https://id',
      actor: { subject: 'proxy' },
    })
    expect(actorOf({})).toBeUndefined()
  })

  it.each(['service', null, [], {}, { sub: 1 }, { sub: 'a', iss: 1 }, { sub: 'a', act: {} }])('refuses %j', (act) => {
    expectRefused(() => actorOf({ act }))
  })
})

describe('audiencesOf', () => {
  it('takes one or several', () => {
    expect(audiencesOf({ aud: 'a' })).toEqual(['a'])
    expect(audiencesOf({ aud: ['a', 'b'] })).toEqual(['a', 'b'])
  })

  it.each([undefined, null, 1, {}, [1], ['a', 1]])('refuses %j', (aud) => {
    expectRefused(() => audiencesOf({ aud }))
  })
})
