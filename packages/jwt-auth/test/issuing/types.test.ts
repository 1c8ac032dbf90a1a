import type { Middleware } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { tokenIssuer, type IssuedTokens, type TokenIssuer, type TokenIssuerOptions } from '@sallyport/jwt-auth/issuer'
import { expect, expectTypeOf, it } from 'vitest'
import { mountEverywhere } from '../../../../test/hosts/types.ts'
import { problemDetails } from '@sallyport/core'
import { AUDIENCE, ISSUER, startNode } from './support/nodes.ts'

const id = { issuer: ISSUER, audience: AUDIENCE }

it('the routes mount on every host', () => {
  const { issuer } = startNode()
  expect(mountEverywhere(issuer.routes({ prefix: '/auth' }), problemDetails())).toBeGreaterThan(0)
})

it('what the issuer gives fits what jwtAuth takes', () => {
  const { issuer, env } = startNode()
  expect(jwtAuth({ ...id, jwks: issuer.jwks, env })).toBeTypeOf('function')
  expectTypeOf<ReturnType<TokenIssuer['login']>>().resolves.toEqualTypeOf<IssuedTokens>()
  expectTypeOf<ReturnType<TokenIssuer['routes']>>().toExtend<Middleware>()
})

it('keys come from one place', () => {
  const good: readonly TokenIssuerOptions[] = [
    id,
    { ...id, algorithm: 'RS256', rotation: { period: 86_400 } },
    { ...id, privateKeys: ['pem', { kty: 'EC' }] },
    { ...id, secret: 'drawn at random' },
    { ...id, secret: new Uint8Array(32), algorithm: 'HS256' },
  ]
  // @ts-expect-error HS256 goes with a secret
  const bad1: TokenIssuerOptions = { ...id, algorithm: 'HS256' }
  // @ts-expect-error one place
  const bad2: TokenIssuerOptions = { ...id, secret: 'x', privateKeys: ['pem'] }
  // @ts-expect-error what the operator keeps, the operator rotates
  const bad3: TokenIssuerOptions = { ...id, privateKeys: ['pem'], rotation: {} }
  // @ts-expect-error a profile by its name
  const bad4: TokenIssuerOptions = { ...id, lifetimes: 'year' }
  expect([...good, bad1, bad2, bad3, bad4]).toHaveLength(9)
})

it('a grant needs a subject, and verifyCredentials gives one', () => {
  const { issuer } = startNode()
  const routes = issuer.routes({
    verifyCredentials: (body) => {
      expectTypeOf(body['user']).toBeUnknown()
      return { subject: 'alice' }
    },
  })
  // @ts-expect-error no subject
  const wrong = () => issuer.routes({ verifyCredentials: () => ({ roles: ['admin'] }) })
  expect([routes, wrong, tokenIssuer]).toHaveLength(3)
})
