import { describe, expect, it } from 'vitest'
import { challengesOf, isQuotable } from '../src/challenge.ts'
import { jwtErrors, type JwtErrorCode } from '../src/errors.ts'

const dpop = { algorithms: ['ES256', 'EdDSA'], required: false }

describe('challenges', () => {
  const challenges = challengesOf({ realm: 'api' })

  it('tells no error where no token was sent (RFC 6750, section 3.1)', () => {
    expect(challenges.plain).toEqual(['Bearer realm="api"'])
    expect(challenges.of('ERR_JWT_MISSING', 'Bearer')).toBe('Bearer realm="api"')
  })

  it('tells the class of error and nothing else', () => {
    expect(challenges.of('ERR_JWT_EXPIRED', 'Bearer')).toBe(
      'Bearer realm="api", error="invalid_token", error_description="The token has expired"',
    )
    expect(challenges.of('ERR_JWT_AMBIGUOUS', 'Bearer')).toContain('error="invalid_request"')
  })

  it('never calls a token invalid because keys are missing', () => {
    expect(challenges.of('ERR_JWT_KEYS_UNAVAILABLE', 'Bearer')).toBeUndefined()
    expect(challenges.of('ERR_JWT_INTROSPECTION_UNAVAILABLE', 'Bearer')).toBeUndefined()
  })

  it('has descriptions that can be quoted (RFC 6750, section 3)', () => {
    for (const code of Object.keys(jwtErrors) as JwtErrorCode[]) {
      expect(jwtErrors[code].title).toMatch(/^[\u{20}-\u{21}\u{23}-\u{5B}\u{5D}-\u{7E}]+$/u)
    }
  })

  it('quotes a realm so that it cannot add parameters', () => {
    const { plain } = challengesOf({ realm: String.raw`a", error="x\y` })
    expect(plain).toEqual([String.raw`Bearer realm="a\", error=\"x\\y"`])
    expect(isQuotable('a\r\nset-cookie: b')).toBe(false)
    expect(isQuotable('Zürich')).toBe(false)
  })

  it('leads to the metadata (RFC 9728, section 5.1)', () => {
    const resourceMetadata = 'https://api.example.com/.well-known/oauth-protected-resource'
    const { plain, of } = challengesOf({ realm: 'api', resourceMetadata })
    expect(plain).toEqual([`Bearer realm="api", resource_metadata="${resourceMetadata}"`])
    expect(of('ERR_JWT_EXPIRED', 'Bearer')).toContain(`resource_metadata="${resourceMetadata}"`)
  })
})

describe('challenges where proofs are taken (RFC 9449, section 7.1)', () => {
  const challenges = challengesOf({ realm: 'api', dpop })
  const bearer = 'Bearer realm="api"'
  const algs = 'algs="ES256 EdDSA"'

  it('name both schemes, and the algorithms', () => {
    expect(challenges.plain).toEqual([bearer, `DPoP realm="api", ${algs}`])
    expect(challenges.of('ERR_JWT_MISSING', 'DPoP')).toBe(`${bearer}, DPoP realm="api", ${algs}`)
  })

  it('tell the error of the scheme that was used', () => {
    expect(challenges.of('ERR_JWT_EXPIRED', 'DPoP')).toBe(
      `DPoP realm="api", error="invalid_token", error_description="The token has expired", ${algs}, ${bearer}`,
    )
    expect(challenges.of('ERR_JWT_EXPIRED', 'Bearer')).toBe(
      `${bearer}, error="invalid_token", error_description="The token has expired", DPoP realm="api", ${algs}`,
    )
  })

  it.each([
    ['ERR_JWT_PROOF', 'invalid_dpop_proof'],
    ['ERR_JWT_PROOF_REPLAYED', 'invalid_dpop_proof'],
    ['ERR_JWT_PROOF_NONCE', 'use_dpop_nonce'],
    ['ERR_JWT_BOUND', 'invalid_token'],
    ['ERR_JWT_UNBOUND', 'invalid_token'],
  ] as const)('%s is %s', (code, error) => {
    expect(challenges.of(code, 'DPoP')).toContain(`DPoP realm="api", error="${error}"`)
  })

  it('name no scheme that is not accepted', () => {
    const { plain, of } = challengesOf({ realm: 'api', dpop: { ...dpop, required: true } })
    expect(plain).toEqual([`DPoP realm="api", ${algs}`])
    expect(of('ERR_JWT_UNBOUND', 'Bearer')).toMatch(/^DPoP (?!.*Bearer)/)
  })
})

describe('step-up challenges (RFC 9470, section 3)', () => {
  const challenges = challengesOf({ realm: 'api', dpop })

  it('tell what login is asked for', () => {
    expect(challenges.stepUp({ acr: 'myACR other', maxAge: 5 }, 'Bearer')).toBe(
      'Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or fresher login is ' +
        'required", acr_values="myACR other", max_age="5", DPoP realm="api", algs="ES256 EdDSA"',
    )
  })

  it('tell no more than that', () => {
    const challenge = challenges.stepUp({ maxAge: 0 }, 'DPoP')
    expect(challenge).toContain('DPoP realm="api", error="insufficient_user_authentication"')
    expect(challenge).toContain('max_age="0"')
    expect(challenge).not.toContain('acr_values')
  })
})
