import { describe, expect, it } from 'vitest'
import { KnownHeaders, type Header } from '../src/header.ts'
import { attack, claims, forge, signed } from './support/forge.ts'

const header: Header = { alg: 'ES256', kid: 'k1', type: 'at+jwt' }

describe('the headers that are known', () => {
  it('are remembered as they are encoded, and bounded in number and length', () => {
    const known = new KnownHeaders()
    known.add('first', header)
    expect(known.get('first')).toBe(header)
    expect(known.get('firsT')).toBeUndefined()
    for (let i = 0; i < 31; i++) known.add(`other${i}`, header)
    expect(known.get('first')).toBe(header)
    known.add('one too many', header)
    expect(known.get('first')).toBeUndefined()
    expect(known.get('one too many')).toBe(header)
    known.add('x'.repeat(513), header)
    expect(known.get('x'.repeat(513))).toBeUndefined()
  })

  it('attack: a header that is known vouches for no token, of a forger or for another purpose', async () => {
    const ask = await attack()
    const known = { alg: 'ES256', kid: 'ec-1' }
    expect((await ask(signed(known, claims()))).status).toBe(200)
    expect((await ask(forge(known, { ...claims(), sub: 'root' }, Buffer.alloc(64, 1)))).code).toBe('ERR_JWT_SIGNATURE')
    expect((await ask(signed(known, { ...claims(), aud: 'billing' }))).code).toBe('ERR_JWT_AUDIENCE')
    expect((await ask(signed(known, { ...claims(), iss: 'https://evil.test/' }))).code).toBe('ERR_JWT_ISSUER')
    expect((await ask(signed({ ...known, typ: 'JWT' }, claims()))).code).toBe('ERR_JWT_TYPE')
    expect((await ask(signed({ ...known, crit: ['exp'] }, claims()))).code).toBe('ERR_JWT_MALFORMED')
    expect((await ask(signed(known, { ...claims(), sub: 'bob' }))).status).toBe(200)
  })
})
