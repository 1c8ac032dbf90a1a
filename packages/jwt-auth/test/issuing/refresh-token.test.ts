import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openSuccessor, sealSuccessor } from '../../src/issuing/refresh/successor.ts'
import {
  accountTag,
  digestOf,
  drawPlace,
  drawSecret,
  isDigestOf,
  isMarked,
  looksLikeRefreshToken,
  parseRefreshToken,
  writeRefreshToken,
} from '../../src/issuing/refresh/token.ts'

const account = { issuer: 'https://id.example.com', subject: 'alice' }

describe('a refresh token', () => {
  it('is read as it was written', () => {
    for (let i = 0; i < 200; i++) {
      const [place, secret, key] = [drawPlace(account), drawSecret(), drawSecret()]
      const text = writeRefreshToken(place, secret, key)
      expect(text).toMatch(/^rt1_[\w-]{104}$/)
      const token = parseRefreshToken(text)!
      expect(token).toMatchObject(place)
      expect(token.secret.equals(secret)).toBe(true)
      expect(isMarked(token, key)).toBe(true)
      expect(isMarked(token, drawSecret())).toBe(false)
      expect(isDigestOf(digestOf(secret), token.secret)).toBe(true)
      expect(isDigestOf(digestOf(secret), drawSecret())).toBe(false)
    }
  })

  it('has 256 random bits of its own', () => {
    expect(drawSecret()).toHaveLength(32)
    expect(new Set(Array.from({ length: 1000 }, () => drawSecret().toString('hex'))).size).toBe(1000)
  })

  it('has one spelling: whatever else is read has other bytes', () => {
    const text = writeRefreshToken(drawPlace(account), drawSecret(), drawSecret())
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: text.length - 1 }),
        fc.constantFrom(...characters.split('')),
        (at, other) => {
          const changed = text.slice(0, at) + other + text.slice(at + 1)
          const [before, after] = [parseRefreshToken(text)!, parseRefreshToken(changed)!]
          const same =
            before.account === after.account &&
            before.family === after.family &&
            before.secret.equals(after.secret) &&
            before.mark.equals(after.mark)
          expect(same).toBe(changed === text)
        },
      ),
    )
  })

  it('is nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRefreshToken(text)).toBeUndefined()
        expect(looksLikeRefreshToken(text)).toBe(false)
      }),
    )
  })

  it('names the account without telling it, and every account otherwise', () => {
    const accounts = [
      account,
      { ...account, tenant: 'acme' },
      { ...account, tenant: '' },
      { ...account, subject: 'alice,acme' },
      { ...account, issuer: 'https://other.example.com' },
    ]
    expect(new Set(accounts.map(accountTag)).size).toBe(accounts.length)
    expect(accountTag({ ...account })).toBe(accountTag(account))
  })
})

describe('a sealed successor', () => {
  const [successor, presented] = [randomBytes(32), randomBytes(32)]

  it('opens with the token that it follows, and with nothing else', () => {
    const sealed = sealSuccessor(successor, presented, 'family-1')
    expect(openSuccessor(sealed, presented, 'family-1').equals(successor)).toBe(true)
    expect(() => openSuccessor(sealed, randomBytes(32), 'family-1')).toThrow()
    expect(() => openSuccessor(sealed, presented, 'family-2')).toThrow()
    expect(() => openSuccessor(sealed.slice(0, -4), presented, 'family-1')).toThrow()
    expect(Buffer.from(sealed, 'base64url').includes(successor)).toBe(false)
  })

  it('does not open when a single bit of it was changed', () => {
    const bytes = Buffer.from(sealSuccessor(successor, presented, 'family-1'), 'base64url')
    for (let i = 0; i < bytes.length * 8; i++) {
      const changed = Buffer.from(bytes)
      changed[i >> 3]! ^= 1 << (i & 7)
      expect(() => openSuccessor(changed.toString('base64url'), presented, 'family-1'), `bit ${i}`).toThrow()
    }
  })
})
