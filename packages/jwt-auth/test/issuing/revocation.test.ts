import type { TokenIssuer } from '@sallyport/jwt-auth/issuer'
import { describe, expect, it } from 'vitest'
import { acceptorOf, read } from './support/acceptor.ts'
import { alice, codeOf, DAY, HOUR, MINUTE, pass, startNode, startNodes } from './support/nodes.ts'

const reason = 'test'

describe('revoking a token', () => {
  it('ends an access token on every node, and nothing else of its login', async () => {
    const { node } = startNodes()
    const [one, two] = [node(), node()]
    const tokens = await one.issuer.login(alice)
    const other = await one.issuer.refresh(tokens)
    const { ask } = await acceptorOf(two.issuer, two.env)
    expect((await ask(tokens.accessToken)).status).toBe(200)
    await one.issuer.revoke(tokens.accessToken, { reason })
    expect((await ask(tokens.accessToken)).code).toBe('ERR_JWT_REVOKED')
    expect((await ask(other.accessToken)).status).toBe(200)
    expect(await codeOf(two.issuer.refresh(other))).toBeUndefined()
    expect(one.events.of('token.revoked')).toMatchObject([{ detail: { kind: 'access', reason } }])
  })

  it('ends a refresh token with its whole login, on every node', async () => {
    const { node } = startNodes()
    const [one, two] = [node(), node()]
    const first = await one.issuer.login(alice)
    const second = await one.issuer.refresh(first)
    const { ask } = await acceptorOf(two.issuer, two.env)
    expect((await ask(second.accessToken)).status).toBe(200)
    await two.issuer.revoke(second.refreshToken, { reason: 'logout' })
    for (const { accessToken } of [first, second]) expect((await ask(accessToken)).code).toBe('ERR_JWT_REVOKED')
    expect(await codeOf(one.issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
  })

  it('ends the access tokens of the last refresh too, when those of the login have ended long ago', async () => {
    const { issuer, env, clock } = startNode()
    const first = await issuer.login(alice)
    pass(clock, 29 * MINUTE)
    const second = await issuer.refresh(first)
    const retried = await issuer.refresh(first)
    pass(clock, 29 * MINUTE)
    const { ask } = await acceptorOf(issuer, env)
    expect((await ask(second.accessToken)).status).toBe(200)
    await issuer.revoke(second.refreshToken, { reason })
    for (const { accessToken } of [second, retried]) expect((await ask(accessToken)).code).toBe('ERR_JWT_REVOKED')
  })

  it.each<[string, (issuer: TokenIssuer) => Promise<unknown>]>([
    ['a token without a reason', (issuer) => issuer.revoke('rt1_', {} as never)],
    ['a token with a reason that is none', (issuer) => issuer.revoke('rt1_', { reason: 7 } as never)],
    ['a token with a near miss', (issuer) => issuer.revoke('rt1_', { reasons: 'x' } as never)],
    ['a session without a name', (issuer) => issuer.endSession({ subject: 'alice' }, { reason } as never)],
    ['a session of nobody', (issuer) => issuer.endSession({} as never, { sid: 'x', reason })],
    ['an account without a reason', (issuer) => issuer.endAccount({ subject: 'alice' }, undefined as never)],
    ['an account by its name alone', (issuer) => issuer.endAccount('alice' as never, { reason })],
    ['the logins of nobody', (issuer) => issuer.logins({ subject: '' })],
  ])('is refused before anything is done: %s', async (_what, call) => {
    const { issuer, events } = startNode()
    const tokens = await issuer.login(alice)
    expect(await codeOf(call(issuer))).toBe('ERR_OPTION')
    expect(events.of('revocation.recorded')).toEqual([])
    expect(await codeOf(issuer.refresh(tokens))).toBeUndefined()
  })

  it('is as good with a refresh token that was used', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    const second = await issuer.refresh(first)
    pass(clock, HOUR)
    await issuer.revoke(first.refreshToken, { reason })
    expect(await codeOf(issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
  })

  it('is no error where there is nothing to revoke', async () => {
    const { issuer, clock } = startNode()
    const tokens = await issuer.login(alice)
    await issuer.revoke(tokens.refreshToken, { reason })
    await issuer.revoke(tokens.refreshToken, { reason })
    await issuer.revoke(tokens.accessToken, { reason })
    for (const token of ['', 'garbage', 'a.b.c', `rt1_${'A'.repeat(104)}`]) await issuer.revoke(token, { reason })
    pass(clock, 30 * DAY)
    await issuer.revoke(tokens.refreshToken, { reason })
    await issuer.revoke(tokens.accessToken, { reason })
    expect(await issuer.logins({ subject: 'alice' })).toEqual([])
  })

  it('leaves alone what belongs to another client', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login({ ...alice, client: 'web' })
    for (const token of [tokens.accessToken, tokens.refreshToken]) {
      expect(await codeOf(issuer.revoke(token, { reason, client: 'evil' }))).toBe('ERR_ISSUER_GRANT')
    }
    expect((await issuer.introspect(tokens.accessToken)).active).toBe(true)
    expect(await codeOf(issuer.refresh({ refreshToken: tokens.refreshToken, client: 'web' }))).toBeUndefined()
  })

  it('lives as long as what it revokes', async () => {
    const { issuer, env, clock } = startNode()
    const { accessToken, sid } = await issuer.login(alice)
    const { refreshToken } = await issuer.login({ ...alice, sid: 'two' })
    await issuer.revoke(accessToken, { reason })
    await issuer.revoke(refreshToken, { reason })
    const find = (sid: string, id: string) =>
      env.revocations.find({
        ...{ issuer: issuer.issuer, subject: 'alice', sid, roles: [], amr: [] },
        credential: { kind: 'bearer', ambient: false, id, issuedAt: clock.now() / 1000 },
      })
    const jti = read(accessToken).claims.jti!
    const ends = read(accessToken).claims.exp!
    expect(find('x', jti)).toMatchObject({ kind: 'token', expiresAt: ends, reason })
    expect(find('two', 'x')).toMatchObject({ kind: 'session', expiresAt: ends, reason })
    expect(find(sid, 'x')).toBeUndefined()
  })
})

describe('the logins of an account', () => {
  it('are listed with what tells them apart, and nothing to log in with', async () => {
    const { issuer, clock } = startNode()
    const start = clock.now() / 1000
    const phone = await issuer.login({ ...alice, client: 'phone' })
    const laptop = await issuer.login(alice)
    pass(clock, HOUR)
    await issuer.refresh(laptop)
    const logins = await issuer.logins({ subject: 'alice' })
    expect(logins).toHaveLength(2)
    expect(logins.find(({ client }) => client === 'phone')).toEqual({
      sid: phone.sid,
      client: 'phone',
      createdAt: start,
      usedAt: start,
      expiresAt: start + 7 * 86_400,
    })
    expect(logins.find(({ client }) => client === 'app')).toMatchObject({ sid: laptop.sid, usedAt: start + 3600 })
    const told = JSON.stringify(logins)
    for (const { refreshToken } of [phone, laptop]) expect(told).not.toContain(refreshToken.slice(24, 44))
  })

  it('are those of one tenant', async () => {
    const { issuer } = startNode()
    await issuer.login({ ...alice, tenant: 'acme' })
    expect(await issuer.logins({ subject: 'alice' })).toEqual([])
    expect(await issuer.logins({ subject: 'alice', tenant: 'other' })).toEqual([])
    expect(await issuer.logins({ subject: 'alice', tenant: 'acme' })).toHaveLength(1)
  })

  it('are all listed, and all ended, however many they are', async () => {
    const { issuer, clock } = startNode()
    const logins = await Promise.all(Array.from({ length: 250 }, () => issuer.login(alice)))
    expect(await issuer.logins({ subject: 'alice' })).toHaveLength(250)
    await issuer.endAccount({ subject: 'alice' }, { reason })
    expect(await issuer.logins({ subject: 'alice' })).toEqual([])
    for (const login of [logins[0]!, logins[120]!, logins[249]!]) {
      expect(await codeOf(issuer.refresh(login))).toBe('ERR_ISSUER_GRANT')
    }
    pass(clock, MINUTE)
    expect(await codeOf(issuer.refresh(await issuer.login(alice)))).toBeUndefined()
  })

  it('are listed no more when they have ended', async () => {
    const { issuer, clock } = startNode()
    await issuer.login(alice)
    const other = await issuer.login(alice)
    await issuer.revoke(other.refreshToken, { reason })
    expect(await issuer.logins({ subject: 'alice' })).toHaveLength(1)
    pass(clock, 7 * DAY)
    expect(await issuer.logins({ subject: 'alice' })).toEqual([])
  })
})

describe('ending a session', () => {
  it('ends its refresh tokens and access tokens on every node, and no other session', async () => {
    const { node } = startNodes()
    const [one, two] = [node(), node()]
    const phone = await one.issuer.login(alice)
    const laptop = await one.issuer.login(alice)
    const { ask } = await acceptorOf(two.issuer, two.env)
    expect((await ask(phone.accessToken)).status).toBe(200)
    await two.issuer.endSession({ subject: 'alice' }, { sid: phone.sid, reason: 'lost phone' })
    expect((await ask(phone.accessToken)).code).toBe('ERR_JWT_REVOKED')
    expect(await codeOf(one.issuer.refresh(phone))).toBe('ERR_ISSUER_GRANT')
    expect((await ask(laptop.accessToken)).status).toBe(200)
    expect(await codeOf(one.issuer.refresh(laptop))).toBeUndefined()
  })

  it('is for the account that it belongs to', async () => {
    const { issuer } = startNode()
    const tokens = await issuer.login(alice)
    await issuer.endSession({ subject: 'bob' }, { sid: 'another', reason })
    expect(await codeOf(issuer.refresh(tokens))).toBeUndefined()
  })
})

describe('ending an account', () => {
  it('ends all that was issued to it until now, on every node, and nobody else’s', async () => {
    const { node, clock } = startNodes()
    const [one, two] = [node(), node()]
    const tokens = await one.issuer.login(alice)
    const bare = await one.issuer.accessToken(alice)
    const bob = await one.issuer.login({ subject: 'bob' })
    const { ask } = await acceptorOf(two.issuer, two.env)
    for (const { accessToken } of [tokens, bare, bob]) expect((await ask(accessToken)).status).toBe(200)
    await two.issuer.endAccount({ subject: 'alice' }, { reason: 'password changed' })
    for (const { accessToken } of [tokens, bare]) expect((await ask(accessToken)).code).toBe('ERR_JWT_REVOKED')
    expect((await ask(bob.accessToken)).status).toBe(200)
    expect(await codeOf(one.issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
    // Later logins are untouched.
    pass(clock, 1000)
    const again = await one.issuer.login(alice)
    expect((await ask(again.accessToken)).status).toBe(200)
    expect(two.events.of('token.revoked')).toMatchObject([{ detail: { kind: 'account', reason: 'password changed' } }])
  })
})
