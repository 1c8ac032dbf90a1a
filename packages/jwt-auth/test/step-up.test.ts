import { describe, expect, it } from 'vitest'
import { defineMiddleware, type Environment, type Middleware } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth, type JwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient } from '@sallyport/jwt-auth/testing'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { answered, guarded, testEnvironment, testIssuer } from './support/app.ts'

const audience = 'orders-api'

/** What a gate for second factors does: it judges the login, and has jwt-auth say what to ask for. */
function fresh(auth: JwtAuth, env: Environment, maxAge: number): Middleware {
  return defineMiddleware({
    name: 'fresh',
    environment: env,
    gate(exchange) {
      const { principal } = exchange
      const age = env.clock.now() / 1000 - (principal?.authTime ?? 0)
      if (principal?.acr !== 'gold' || age > maxAge) throw auth.stepUp(exchange, { acr: 'gold', maxAge })
    },
  })
}

describeHosts('step-up (RFC 9470)', (host) => {
  it('asks for a stronger or fresher login in the scheme of the token, and lets in who has it', async () => {
    const clock = createTestClock()
    const issuer = await testIssuer({ clock })
    const env = testEnvironment({ clock })
    const resource = { url: 'https://api.example.com' }
    const auth = jwtAuth({ issuer: issuer.issuer, audience, dpop: true, resource, env })
    const app = await host.start({ use: [auth, fresh(auth, env, 300)] })
    const client = createDpopClient({ clock })
    const now = clock.now() / 1000
    const weak = await issuer.token({ claims: { acr: 'silver', auth_time: now } })
    const bearer = await answered(await app.fetch('/orders', { headers: { authorization: `Bearer ${weak}` } }))
    expect(bearer).toMatchObject({ status: 401, code: 'ERR_JWT_STEP_UP' })
    expect(bearer.challenge).toMatch(
      /^Bearer realm="api", error="insufficient_user_authentication", error_description="[^"]+", acr_values="gold", max_age="300", resource_metadata="[^"]+", DPoP /,
    )
    const old = await issuer.token({ claims: { acr: 'gold', auth_time: now - 301, cnf: { jkt: client.jkt } } })
    const headers = { ...(await client.headers({ url: `${app.origin}/orders`, token: old })) }
    const proved = await answered(await app.fetch('/orders', { headers }))
    expect(proved.challenge).toMatch(/^DPoP realm="api", error="insufficient_user_authentication"/)
    const good = await issuer.token({ claims: { acr: 'gold', auth_time: now - 300 } })
    expect((await app.fetch('/orders', { headers: { authorization: `Bearer ${good}` } })).status).toBe(200)
  })
})

describe('the refusal', () => {
  it('is an error for the app’s own handling', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuer: issuer.issuer, audience, env: testEnvironment() })
    const { status, expose, message } = auth.stepUp({ header: () => undefined } as never, {})
    expect([status, expose, message]).toEqual([401, true, 'A stronger or fresher login is required'])
  })

  it('can be made from what handlers see', async () => {
    const issuer = await testIssuer()
    const client = createDpopClient()
    const auth = jwtAuth({ issuer: issuer.issuer, audience, dpop: true, env: testEnvironment() })
    const { app } = await guarded(auth, ({ seen }) => auth.stepUp(seen, { maxAge: 60 }).headers)
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } })
    const headers = { ...(await client.headers({ url: `${app.origin}/orders`, token })) }
    const told = (await (await app.fetch('/orders', { headers })).json()) as Record<string, string>
    expect(told['www-authenticate']).toMatch(/^DPoP realm="api", error="insufficient_user_authentication"/)
  })
})
