import { describe, expect, it } from 'vitest'
import { alice, AUDIENCE, DAY, HOUR, ISSUER, MINUTE, pass, startNode } from './support/nodes.ts'

describe('introspection', () => {
  it('tells what an access token says, as long as it is good', async () => {
    const { issuer, clock } = startNode()
    const { accessToken, sid } = await issuer.login({ ...alice, tenant: 'acme' })
    const now = clock.now() / 1000
    expect(await issuer.introspect(accessToken)).toMatchObject({
      active: true,
      iss: ISSUER,
      sub: 'alice',
      aud: AUDIENCE,
      client_id: 'app',
      scope: 'orders:read orders:create',
      token_type: 'Bearer',
      tenant: 'acme',
      iat: now,
      exp: now + 1800,
      sid,
    })
    pass(clock, 30 * MINUTE)
    expect(await issuer.introspect(accessToken)).toEqual({ active: false })
  })

  it('tells of a refresh token that it is the one to use, and nothing of any other', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    const now = clock.now() / 1000
    expect(await issuer.introspect(first.refreshToken)).toEqual({
      active: true,
      iss: ISSUER,
      sub: 'alice',
      client_id: 'app',
      scope: 'orders:read orders:create',
      sid: first.sid,
      iat: now,
      exp: now + 7 * 86_400,
    })
    const second = await issuer.refresh(first)
    expect(await issuer.introspect(first.refreshToken)).toEqual({ active: false })
    pass(clock, HOUR)
    // To ask about one that was used is not to use it.
    expect(await issuer.introspect(first.refreshToken)).toEqual({ active: false })
    expect((await issuer.introspect(second.refreshToken)).active).toBe(true)
    pass(clock, 7 * DAY)
    expect(await issuer.introspect(second.refreshToken)).toEqual({ active: false })
  })

  it('knows what was revoked', async () => {
    const { issuer, env, clock } = startNode()
    const tokens = await issuer.login(alice)
    const expiresAt = clock.now() / 1000 + 3600
    await env.revocations.revoke({ kind: 'session', issuer: ISSUER, id: tokens.sid, expiresAt, reason: 'test' })
    for (const token of [tokens.accessToken, tokens.refreshToken]) {
      expect(await issuer.introspect(token)).toEqual({ active: false })
    }
  })

  it('tells the key that a token is bound to', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login(alice, { proofKey: 'thumbprint' })
    expect(await issuer.introspect(tokens.accessToken)).toMatchObject({
      token_type: 'DPoP',
      cnf: { jkt: 'thumbprint' },
    })
    expect(await issuer.introspect(tokens.refreshToken)).toMatchObject({ cnf: { jkt: 'thumbprint' } })
  })

  it.each(['', 'garbage', 'a.b.c', 'rt1_', `rt1_${'A'.repeat(104)}`, 'eyJhbGciOiJub25lIn0.e30.', '\u0000'])(
    'tells nothing of %j',
    async (token) => {
      const { issuer } = startNode()
      await issuer.login(alice)
      expect(await issuer.introspect(token)).toEqual({ active: false })
    },
  )

  it('tells nothing of a token of another issuer with the same store', async () => {
    const { issuer, env } = startNode()
    const { tokenIssuer } = await import('@sallyport/jwt-auth/issuer')
    const other = tokenIssuer({ issuer: 'https://other.example.com', audience: AUDIENCE, env })
    const theirs = await other.login(alice)
    expect(await issuer.introspect(theirs.accessToken)).toEqual({ active: false })
  })
})
