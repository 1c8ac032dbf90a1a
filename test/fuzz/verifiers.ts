import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { createEnvironment } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth, type CommonOptions } from '@sallyport/jwt-auth'
import jsonwebtoken from 'jsonwebtoken'
import * as oauth from 'oauth4webapi'
import { onTestFinished } from 'vitest'
import { METHOD, TARGET } from './arbitraries/any-proof.ts'
import { publishedKeys, secret } from './keys.ts'
import { AUDIENCE, ISSUER, NOW, SHARED_ISSUER } from './tokens.ts'

/** Seconds that each of them grants to clocks. */
export const LEEWAY = 5

/** What one verifier says of a token: nothing where it accepts it, else its reason. */
export type Verifier = (token: string) => Promise<string | undefined>

/** Ours, with both issuers; nothing is remembered, so that every token is checked. */
export function ourVerifier(): Verifier {
  const verify = ours({})
  return (token) => verify([['Authorization', `Bearer ${token}`]])
}

/** Ours, for proofs with one token. */
export function ourProofVerifier(token: string): Verifier {
  const verify = ours({ dpop: { publicUrl: new URL(TARGET).origin } })
  return (proof) =>
    verify([
      ['Authorization', `DPoP ${token}`],
      ['DPoP', proof],
    ])
}

function ours(more: Partial<CommonOptions>): (headers: readonly [string, string][]) => Promise<string | undefined> {
  const env = createEnvironment({ clock: createTestClock(NOW * 1000) })
  onTestFinished(() => env.close())
  const auth = jwtAuth({
    issuers: [
      { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: publishedKeys.map(({ jwk }) => jwk) } },
      { issuer: SHARED_ISSUER, audience: AUDIENCE, secret },
    ],
    leeway: LEEWAY,
    cacheSize: 0,
    ...more,
    env,
  })
  return (headers) =>
    new Promise((resolve) => {
      const req = Object.assign(new IncomingMessage(new Socket()), { method: METHOD, url: new URL(TARGET).pathname })
      req.rawHeaders.push(...headers.flat())
      auth(req, new ServerResponse(req), (error) => resolve((error as { code: string } | undefined)?.code))
    })
}

/** `jsonwebtoken`, configured as its users do it. It has no EdDSA and knows nothing of `typ`. */
export function jsonwebtokenVerifier(): Verifier {
  const keys = new Map<string, KeyObject>()
  for (const { kid, jwk } of publishedKeys) keys.set(kid, createPublicKey({ key: jwk as never, format: 'jwk' }))
  const algorithms = publishedKeys.map(({ alg }) => alg).filter((alg) => alg !== 'EdDSA') as jsonwebtoken.Algorithm[]
  const common = { audience: AUDIENCE, clockTimestamp: NOW, clockTolerance: LEEWAY }
  const published = { ...common, issuer: ISSUER, algorithms }
  const shared = { ...common, issuer: SHARED_ISSUER, algorithms: ['HS256'] as jsonwebtoken.Algorithm[] }
  const pick: jsonwebtoken.GetPublicKeyOrSecret = ({ alg, kid }, done) => {
    const name = kid ?? publishedKeys.find((one) => one.alg === alg)?.kid ?? ''
    const key = keys.get(name)
    if (key) done(null, key as never)
    else done(new Error('no such key'))
  }
  const verify = (
    token: string,
    key: jsonwebtoken.Secret | jsonwebtoken.GetPublicKeyOrSecret,
    options: jsonwebtoken.VerifyOptions,
  ): ReturnType<Verifier> =>
    new Promise((resolve) => {
      jsonwebtoken.verify(token, key as jsonwebtoken.Secret, options, (error) => resolve(error?.message))
    })
  return async (token) => {
    const first = await verify(token, pick, published)
    return first === undefined ? undefined : verify(token, secret, shared)
  }
}

/** `oauth4webapi`, which has the profile of RFC 9068 too. It has no HMAC. */
export function oauth4webapiVerifier(): Verifier {
  return (token) => validated({ authorization: `Bearer ${token}` })
}

/** `oauth4webapi`, for proofs with one token. */
export function oauth4webapiProofVerifier(token: string): Verifier {
  return (dpop) => validated({ authorization: `DPoP ${token}`, dpop })
}

const server = { issuer: ISSUER, jwks_uri: `${ISSUER}jwks` }
const jwks = JSON.stringify({ keys: publishedKeys.map(({ jwk }) => jwk) })
const options = {
  [oauth.clockTolerance]: LEEWAY,
  [oauth.customFetch]: () => Promise.resolve(new Response(jwks, { headers: { 'content-type': 'application/json' } })),
  signingAlgorithms: publishedKeys.map(({ alg }) => alg),
}

async function validated(headers: Record<string, string>): Promise<string | undefined> {
  try {
    const request = new Request(TARGET, { method: METHOD, headers })
    await oauth.validateJwtAccessToken(server, request, AUDIENCE, options)
    return undefined
  } catch (thrown) {
    return (thrown as Error).message
  }
}
