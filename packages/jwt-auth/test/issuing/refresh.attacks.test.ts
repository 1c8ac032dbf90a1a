import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { IssuedTokens, TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { acceptorOf } from './support/acceptor.ts'
import { alice, codeOf, DAY, HOUR, pass, MINUTE, SECOND, startNode, startNodes } from './support/nodes.ts'
import { recordsOf, watched } from './support/watched-store.ts'

/** Puts other characters in the place of some. */
function splice(token: string, start: number, piece: string): string {
  return token.slice(0, start) + piece + token.slice(start + piece.length)
}

/** Where the parts of a refresh token are: `rt1_`, account, family, secret and mark. */
const at = { account: 4, family: 24, secret: 44 } as const

async function expectToGoOn(issuer: TokenIssuer, tokens: IssuedTokens): Promise<void> {
  expect(await codeOf(issuer.refresh(tokens))).toBeUndefined()
}

describe('a replayed refresh token', () => {
  it('ends the login, on every node, with its access tokens', async () => {
    const { node, clock } = startNodes()
    const [one, two] = [node(), node()]
    const first = await one.issuer.login(alice)
    const stolen = first.refreshToken
    const second = await one.issuer.refresh(first)
    const acceptor = await acceptorOf(two.issuer, two.env)
    expect((await acceptor.ask(second.accessToken)).status).toBe(200)
    pass(clock, MINUTE)
    expect(await codeOf(two.issuer.refresh({ refreshToken: stolen }))).toBe('ERR_ISSUER_REUSED')
    expect((await acceptor.ask(second.accessToken)).code).toBe('ERR_JWT_REVOKED')
    for (const { issuer } of [one, two]) expect(await codeOf(issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
    expect(two.events.of('token.reused')).toMatchObject([
      { detail: { client: 'app', account: { subject: 'alice', sid: first.sid } } },
    ])
  })

  it('ends it also where the thief was the first to use it', async () => {
    const { issuer, clock } = startNode()
    const victim = await issuer.login(alice)
    const thief = await issuer.refresh(victim)
    pass(clock, HOUR)
    expect(await codeOf(issuer.refresh(victim))).toBe('ERR_ISSUER_REUSED')
    expect(await codeOf(issuer.refresh(thief))).toBe('ERR_ISSUER_GRANT')
  })

  it('ends it also when it was used within the grace: whoever comes second at the next turn is found out', async () => {
    const { issuer, clock } = startNode()
    const victim = await issuer.login(alice)
    const mine = await issuer.refresh(victim)
    pass(clock, 5 * SECOND)
    const theirs = await issuer.refresh(victim)
    pass(clock, HOUR)
    const next = await issuer.refresh(theirs)
    pass(clock, MINUTE)
    expect(await codeOf(issuer.refresh(mine))).toBe('ERR_ISSUER_REUSED')
    expect(await codeOf(issuer.refresh(next))).toBe('ERR_ISSUER_GRANT')
  })

  it('of any age ends it', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    let last = first
    for (let i = 0; i < 12; i++) {
      pass(clock, HOUR)
      last = await issuer.refresh(last)
    }
    expect(await codeOf(issuer.refresh(first))).toBe('ERR_ISSUER_REUSED')
    expect(await codeOf(issuer.refresh(last))).toBe('ERR_ISSUER_GRANT')
  })

  it('touches no other login of the account', async () => {
    const { issuer, clock } = startNode()
    const [phone, laptop] = [await issuer.login(alice), await issuer.login(alice)]
    await issuer.refresh(phone)
    pass(clock, MINUTE)
    expect(await codeOf(issuer.refresh(phone))).toBe('ERR_ISSUER_REUSED')
    await expectToGoOn(issuer, laptop)
  })

  it('whose revocation could not be recorded is made up for by whoever comes next', async () => {
    const { node, clock, connect } = startNodes()
    const { store, fail } = watched(connect())
    const { issuer, env } = node({}, { store })
    const other = node()
    const first = await issuer.login(alice)
    const second = await issuer.refresh(first)
    pass(clock, MINUTE)
    fail('append')
    expect(await codeOf(issuer.refresh(first))).toBe('ERR_STORE_UNAVAILABLE')
    fail(undefined)
    // The login has ended all the same.
    expect(await codeOf(other.issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
    const acceptor = await acceptorOf(other.issuer, other.env)
    expect((await acceptor.ask(second.accessToken)).code).toBe('ERR_JWT_REVOKED')
    expect(env.revocations.state).toBe('current')
  })
})

describe('a stolen refresh token', () => {
  it('is of no use to another client, and its owner goes on', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login({ ...alice, client: 'web' })
    const { refreshToken } = tokens
    expect(await codeOf(issuer.refresh({ refreshToken, client: 'evil' }))).toBe('ERR_ISSUER_GRANT')
    expect(await codeOf(issuer.refresh({ refreshToken }))).toBe('ERR_ISSUER_GRANT')
    expect(await codeOf(issuer.refresh({ refreshToken, client: 'web' }))).toBeUndefined()
  })

  it('is of no use without the key that it is bound to, nor is it within the grace', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login(alice, { proofKey: 'thumbprint-of-alice' })
    const { refreshToken } = tokens
    expect(tokens.tokenType).toBe('DPoP')
    const attempts = [{ refreshToken }, { refreshToken, proofKey: 'thumbprint-of-eve' }]
    for (const attempt of attempts) expect(await codeOf(issuer.refresh(attempt))).toBe('ERR_ISSUER_PROOF')
    const next = await issuer.refresh({ refreshToken, proofKey: 'thumbprint-of-alice' })
    expect(next.tokenType).toBe('DPoP')
    for (const attempt of attempts) expect(await codeOf(issuer.refresh(attempt))).toBe('ERR_ISSUER_PROOF')
  })

  it('gets no scope that was not granted', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login(alice)
    const { refreshToken } = tokens
    expect(await codeOf(issuer.refresh({ refreshToken, scopes: ['admin'] }))).toBe('ERR_ISSUER_SCOPE')
    const bare = await issuer.login({ subject: 'bob' })
    expect(await codeOf(issuer.refresh({ refreshToken: bare.refreshToken, scopes: ['admin'] }))).toBe(
      'ERR_ISSUER_SCOPE',
    )
    await expectToGoOn(issuer, tokens)
  })
})

describe('a made-up refresh token', () => {
  it.each<[string, (mine: string, theirs: string) => string]>([
    [
      'with the family of another login of the account',
      (mine, theirs) => splice(mine, at.family, theirs.slice(24, 44)),
    ],
    ['with the secret of another login', (mine, theirs) => splice(mine, at.secret, theirs.slice(44))],
    ['with a random secret', (mine) => splice(mine, at.secret, randomBytes(48).toString('base64url'))],
    ['with the right secret and a random mark', (mine) => splice(mine, 87, randomBytes(15).toString('base64url'))],
    [
      'with a random secret and the right mark',
      (mine) => splice(mine, at.secret, randomBytes(30).toString('base64url')),
    ],
    ['for another account', (mine) => splice(mine, at.account, randomBytes(15).toString('base64url'))],
    ['one character short', (mine) => mine.slice(0, -1)],
    ['one character long', (mine) => `${mine}A`],
    ['in base64', (mine) => mine.replaceAll('-', '+').replaceAll('_', '/')],
    ['with a space', (mine) => `${mine} `],
    ['that is empty', () => ''],
    ['that is an access token', () => 'eyJhbGciOiJub25lIn0.e30.'],
  ])('%s is refused and ends nothing', async (_what, forge) => {
    const { issuer } = startNode()
    const [mine, theirs] = [await issuer.login(alice), await issuer.login(alice)]
    const forged = forge(mine.refreshToken, theirs.refreshToken)
    expect(await codeOf(issuer.refresh({ refreshToken: forged }))).toBe('ERR_ISSUER_GRANT')
    await issuer.revoke(forged, { reason: 'attack' })
    await expectToGoOn(issuer, mine)
    await expectToGoOn(issuer, theirs)
  })

  it('does not get at the successor within the grace, by brute force', async () => {
    const { issuer } = startNode()
    const first = await issuer.login(alice)
    const second = await issuer.refresh(first)
    for (let i = 0; i < 200; i++) {
      const guess = splice(first.refreshToken, at.secret, randomBytes(48).toString('base64url'))
      expect(await codeOf(issuer.refresh({ refreshToken: guess }))).toBe('ERR_ISSUER_GRANT')
    }
    await expectToGoOn(issuer, second)
  })
})

describe('whoever reads the store', () => {
  it('finds nothing to log in with', async () => {
    const { node, connect } = startNodes()
    const { store, written } = watched(connect())
    const { issuer } = node({}, { store })
    const first = await issuer.login(alice)
    const second = await issuer.refresh(first)
    const families = recordsOf(written, 'jwt-auth.refresh:')
    expect(families.length).toBe(2)
    const kept = families.join('\n')
    for (const { refreshToken } of [first, second]) {
      const secret = Buffer.from(refreshToken.slice(at.secret), 'base64url').subarray(0, 32)
      for (const form of ['base64url', 'base64', 'hex', 'latin1'] as const)
        expect(kept).not.toContain(secret.toString(form))
      expect(kept).not.toContain(refreshToken.slice(at.secret, at.secret + 40))
    }
  })

  it('gets no login from the names of what is in it', async () => {
    const { issuer } = startNode()
    const { refreshToken } = await issuer.login(alice)
    expect(refreshToken).not.toContain(Buffer.from('alice').toString('base64url').slice(0, 6))
  })
})

describe('a clock that was set back', () => {
  it('does not make the grace last for ever', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    await issuer.refresh(first)
    pass(clock, -HOUR)
    expect(await codeOf(issuer.refresh(first))).toBe('ERR_ISSUER_REUSED')
  })

  it('does not bring back a login that has ended', async () => {
    const { issuer, clock } = startNode({ lifetimes: 'day' })
    const tokens = await issuer.login(alice)
    pass(clock, DAY + HOUR)
    expect(await codeOf(issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
    pass(clock, -2 * HOUR)
    expect(await codeOf(issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
  })

  it('does not log out who refreshes meanwhile', async () => {
    const { issuer, clock } = startNode()
    let tokens = await issuer.login(alice)
    pass(clock, HOUR)
    tokens = await issuer.refresh(tokens)
    pass(clock, -5 * MINUTE)
    tokens = await issuer.refresh(tokens)
    pass(clock, HOUR)
    await expectToGoOn(issuer, tokens)
  })
})

describe('a session that was revoked elsewhere', () => {
  it('is refreshed no more, and its login ends', async () => {
    const { node, clock } = startNodes()
    const [one, two] = [node(), node()]
    const tokens = await one.issuer.login({ ...alice, sid: 'session-1' })
    const expiresAt = Math.floor(clock.now() / 1000) + 3600
    await two.env.revocations.revoke({
      kind: 'session',
      issuer: one.issuer.issuer,
      id: 'session-1',
      expiresAt,
      reason: 'hijacked',
    })
    expect(await codeOf(two.issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
    // For good, also when nobody remembers the revocation any more.
    pass(clock, 3 * HOUR)
    expect(await codeOf(one.issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
  })

  it('is known by the account: what began before is refreshed no more, however new its tokens are', async () => {
    const { issuer, env, clock } = startNode()
    const old = await issuer.login(alice)
    const notAfter = Math.floor(clock.now() / 1000)
    pass(clock, MINUTE)
    const refreshed = await issuer.refresh(old)
    await env.revocations.revoke({
      kind: 'subject',
      issuer: issuer.issuer,
      subject: 'alice',
      notAfter,
      expiresAt: notAfter + 86_400,
      reason: 'password changed',
    })
    const fresh = await issuer.login(alice)
    expect(await codeOf(issuer.refresh(refreshed))).toBe('ERR_ISSUER_GRANT')
    await expectToGoOn(issuer, fresh)
  })
})
