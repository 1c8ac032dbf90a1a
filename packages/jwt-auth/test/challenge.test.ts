import { describe, expect, it } from 'vitest'
import { challengesOf, isQuotable } from '../src/challenge.ts'
import { jwtErrors, type JwtErrorCode } from '../src/errors.ts'

describe('challenges', () => {
  const challenges = challengesOf('api')

  it('tells no error where no token was sent (RFC 6750, section 3.1)', () => {
    expect(challenges.plain).toBe('Bearer realm="api"')
    expect(challenges.of('ERR_JWT_MISSING')).toBe('Bearer realm="api"')
  })

  it('tells the class of error and nothing else', () => {
    expect(challenges.of('ERR_JWT_EXPIRED')).toBe(
      'Bearer realm="api", error="invalid_token", error_description="The token has expired"',
    )
    expect(challenges.of('ERR_JWT_AMBIGUOUS')).toContain('error="invalid_request"')
  })

  it('never calls a token invalid because keys are missing', () => {
    expect(challenges.of('ERR_JWT_KEYS_UNAVAILABLE')).toBeUndefined()
  })

  it('has descriptions that can be quoted (RFC 6750, section 3)', () => {
    for (const code of Object.keys(jwtErrors) as JwtErrorCode[]) {
      expect(jwtErrors[code].title).toMatch(/^[\u{20}-\u{21}\u{23}-\u{5B}\u{5D}-\u{7E}]+$/u)
    }
  })

  it('quotes a realm so that it cannot add parameters', () => {
    expect(challengesOf(String.raw`a", error="x\y`).plain).toBe(String.raw`Bearer realm="a\", error=\"x\\y"`)
    expect(isQuotable('a\r\nset-cookie: b')).toBe(false)
    expect(isQuotable('Zürich')).toBe(false)
  })
})
