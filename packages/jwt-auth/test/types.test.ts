import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  jwtAuth,
  type IssuerOptions,
  type JwtAuthOptions,
  type JwtErrorCode,
  type JwtPrincipal,
} from '@sallyport/jwt-auth'
import { makeKey } from './support/signing-key.ts'
import { testEnvironment } from './support/app.ts'

const id = { issuer: 'https://id.example.com/', audience: 'orders-api' } as const
const { pem, jwk } = makeKey()

/** Compiled, never called: what must and what must not compile. */
export function mustCompile(): readonly JwtAuthOptions[] {
  const jwksUri = 'https://id.example.com/jwks'
  return [
    id,
    { ...id, jwksUri },
    { ...id, discoveryUrl: 'https://id.example.com/.well-known/openid-configuration' },
    { ...id, jwks: { keys: [jwk] } },
    { ...id, publicKey: pem },
    { ...id, secret: 'x' },
    { ...id, secret: new Uint8Array(32), algorithms: ['HS256'] },
    { ...id, audience: ['a', 'b'], rolesClaim: ['realm_access', 'roles'], tenantClaim: 'org' },
    { issuers: [id, { ...id, jwksUri }, { ...id, publicKey: pem }], leeway: 0, required: false },
    // @ts-expect-error: two sources of keys
    { ...id, jwksUri, secret: 'x' },
    // @ts-expect-error: two sources of keys
    { ...id, jwks: { keys: [jwk] }, publicKey: pem },
    // @ts-expect-error: two sources of keys of one of several issuers
    { issuers: [{ ...id, jwksUri, publicKey: pem }] },
    // @ts-expect-error: an issuer beside issuers
    { ...id, issuers: [id] },
    // @ts-expect-error: keys beside issuers
    { issuers: [id], jwksUri },
    // @ts-expect-error: no audience
    { issuer: 'https://id.example.com/' },
    // @ts-expect-error: no issuer
    { audience: 'orders-api' },
    // @ts-expect-error: no audience of one of several issuers
    { issuers: [{ issuer: 'https://id.example.com/' }] },
    // @ts-expect-error: there is no such algorithm
    { ...id, algorithms: ['none'] },
    // @ts-expect-error: misspelt
    { ...id, audiance: 'orders-api' },
    // @ts-expect-error: not a number of seconds
    { ...id, leeway: '5s' },
    // @ts-expect-error: an environment variable may be missing
    { ...id, jwksUri: process.env['JWKS_URI'] },
  ]
}

describe('types', () => {
  it('are those of the instance', () => {
    const env = testEnvironment()
    const auth = jwtAuth({ ...id, publicKey: pem, env })
    const optional = jwtAuth({ ...id, publicKey: pem, required: false, env })
    const required = jwtAuth({ ...id, publicKey: pem, required: true, env })
    const unknown = jwtAuth({ ...id, publicKey: pem, required: Math.random() < 2, env })
    expectTypeOf(auth.principalOf).returns.toEqualTypeOf<JwtPrincipal>()
    expectTypeOf(required.principalOf).returns.toEqualTypeOf<JwtPrincipal>()
    expectTypeOf(optional.principalOf).returns.toEqualTypeOf<JwtPrincipal | undefined>()
    expectTypeOf(unknown.principalOf).returns.toEqualTypeOf<JwtPrincipal | undefined>()
    expect([auth, optional, required, unknown].map(({ name }) => name)).toEqual(Array(4).fill('jwtAuth'))
  })

  it('let the list of issuers be built elsewhere', () => {
    const issuers: IssuerOptions[] = [{ ...id, publicKey: pem }]
    const several = jwtAuth({ issuers, env: testEnvironment() })
    expectTypeOf(several.principalOf).returns.toEqualTypeOf<JwtPrincipal>()
    expect(several.health().issuers).toHaveLength(1)
  })

  it('close the set of codes', () => {
    expectTypeOf<'ERR_JWT_EXPIRED'>().toExtend<JwtErrorCode>()
    expectTypeOf<'ERR_JWT_OTHER'>().not.toExtend<JwtErrorCode>()
    expectTypeOf<JwtPrincipal['claims']['sub']>().toEqualTypeOf<string>()
    expectTypeOf<JwtPrincipal['claims']['anything']>().toEqualTypeOf<unknown>()
  })
})
