import { describe, expect, it } from 'vitest'
import { acceptorOf, read } from './support/acceptor.ts'
import { alice, codeOf, DAY, HOUR, ISSUER, MINUTE, pass, SECOND, startNode, startNodes } from './support/nodes.ts'

describe('a login', () => {
  it('gives an access token of RFC 9068 that jwtAuth takes, and a refresh token', async () => {
    const { issuer, env, clock } = startNode()
    const tokens = await issuer.login({ ...alice, tenant: 'acme', amr: ['pwd'], acr: '1', claims: { locale: 'de' } })
    expect(tokens).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 1800,
      refreshExpiresIn: 604_800,
      scopes: alice.scopes,
    })
    const { header, claims } = read(tokens.accessToken)
    const now = clock.now() / 1000
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) as string })
    expect(claims).toEqual({
      iss: ISSUER,
      sub: 'alice',
      aud: 'orders-api',
      client_id: 'app',
      iat: now,
      exp: now + 1800,
      auth_time: now,
      jti: expect.any(String) as string,
      sid: tokens.sid,
      scope: 'orders:read orders:create',
      roles: ['clerk'],
      amr: ['pwd'],
      acr: '1',
      tenant: 'acme',
      locale: 'de',
    })
    const { ask } = await acceptorOf(issuer, env)
    const answer = await ask(tokens.accessToken)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({
      principal: { subject: 'alice', roles: ['clerk'], sid: tokens.sid },
    })
  })

  it.each([
    ['week', 1800, 7 * 86_400],
    ['month', 900, 30 * 86_400],
    ['day', 3600, 86_400],
  ] as const)('of the profile %s lasts as it is named', async (lifetimes, access, absolute) => {
    const { issuer, clock } = startNode({ lifetimes })
    let tokens = await issuer.login(alice)
    expect([tokens.expiresIn, tokens.refreshExpiresIn]).toEqual([access, absolute])
    // However much it is used, it ends as a whole.
    for (let day = 1; day < absolute / 86_400; day++) {
      pass(clock, DAY)
      tokens = await issuer.refresh(tokens)
      expect(tokens.refreshExpiresIn).toBe(absolute - day * 86_400)
    }
    pass(clock, DAY - MINUTE)
    tokens = await issuer.refresh(tokens)
    // No access token outlives its login.
    expect([tokens.expiresIn, tokens.refreshExpiresIn]).toEqual([60, 60])
    pass(clock, MINUTE)
    expect(await codeOf(issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
  })

  it('that is not used ends after its idle lifetime, and not before', async () => {
    const { issuer, clock } = startNode({ lifetimes: { profile: 'month', idle: 86_400 } })
    let tokens = await issuer.login(alice)
    pass(clock, DAY - SECOND)
    tokens = await issuer.refresh(tokens)
    expect(tokens.refreshExpiresIn).toBe(86_400)
    pass(clock, DAY)
    expect(await codeOf(issuer.refresh(tokens))).toBe('ERR_ISSUER_GRANT')
  })
})

describe('a refresh', () => {
  it('gives new tokens of the same login', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login({ ...alice, tenant: 'acme' })
    pass(clock, HOUR)
    const second = await issuer.refresh(first)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    const [before, after] = [read(first.accessToken).claims, read(second.accessToken).claims]
    expect(after.jti).not.toBe(before.jti)
    const fresh = { jti: after.jti, iat: before.iat! + 3600, exp: before.exp! + 3600 }
    // When the user proved who they are does not become later by it.
    expect(after).toEqual({ ...before, ...fresh })
  })

  it('works on every node that shares the store', async () => {
    const { node } = startNodes()
    const [one, two] = [node(), node()]
    const tokens = await one.issuer.refresh(await two.issuer.refresh(await one.issuer.login(alice)))
    expect((await (await acceptorOf(two.issuer, two.env)).ask(tokens.accessToken)).status).toBe(200)
  })

  it('can ask for fewer scopes, for this one access token', async () => {
    const { issuer } = startNode()
    const { refreshToken } = await issuer.login(alice)
    const narrow = await issuer.refresh({ refreshToken, scopes: ['orders:read'] })
    expect(narrow.scopes).toEqual(['orders:read'])
    expect(read(narrow.accessToken).claims['scope']).toBe('orders:read')
    expect((await issuer.refresh(narrow)).scopes).toEqual(['orders:read'])
    const { refreshToken: other } = await issuer.login(alice)
    const { refreshToken: next } = await issuer.refresh({ refreshToken: other, scopes: [] })
    expect((await issuer.refresh({ refreshToken: next })).scopes).toEqual(alice.scopes)
  })

  it('asks the app what the account is granted now', async () => {
    let roles: readonly string[] | undefined = ['clerk', 'auditor']
    const { issuer, events } = startNode({
      onRefresh: (grant) => (roles === undefined ? undefined : { ...grant, roles }),
    })
    const second = await issuer.refresh(await issuer.login(alice))
    expect(read(second.accessToken).claims['roles']).toEqual(['clerk', 'auditor'])
    roles = undefined
    expect(await codeOf(issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
    expect(events.of('token.revoked')).toMatchObject([{ detail: { kind: 'refresh', account: { subject: 'alice' } } }])
    roles = ['clerk']
    expect(await codeOf(issuer.refresh(second))).toBe('ERR_ISSUER_GRANT')
  })

  it('lets the app make nobody else of the account', async () => {
    const { issuer } = startNode({ onRefresh: (grant) => ({ ...grant, subject: 'root' }) })
    const tokens = await issuer.login(alice)
    expect(await codeOf(issuer.refresh(tokens))).toBe('ERR_OPTION')
    expect(await issuer.logins({ subject: 'alice' })).toHaveLength(1)
  })

  it('tells what it did, and no token', async () => {
    const { issuer, events } = startNode()
    const tokens = await issuer.refresh(await issuer.login(alice))
    expect(events.of('token.issued').map(({ detail }) => detail)).toMatchObject([
      { grant: 'login', client: 'app', account: { subject: 'alice', sid: tokens.sid }, scopes: alice.scopes },
      { grant: 'refresh', client: 'app', account: { subject: 'alice', sid: tokens.sid }, scopes: alice.scopes },
    ])
    const told = JSON.stringify(events.all)
    for (const secret of [tokens.accessToken.split('.')[2]!, tokens.refreshToken.slice(44)])
      expect(told).not.toContain(secret)
  })
})

describe('the grace', () => {
  it('gives whoever asks again the same successor', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    const second = await issuer.refresh(first)
    pass(clock, 29 * SECOND)
    expect((await issuer.refresh(first)).refreshToken).toBe(second.refreshToken)
    // And to who went on in the meantime nothing happens.
    const third = await issuer.refresh(second)
    expect((await issuer.refresh(second)).refreshToken).toBe(third.refreshToken)
  })

  it('holds for tabs that refresh one after the other', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    let last = first
    for (let i = 0; i < 5; i++) last = await issuer.refresh(last)
    // A tab that begins with the oldest one comes out at the newest.
    let tab = first
    for (let i = 0; i < 5; i++) tab = await issuer.refresh(tab)
    expect(tab.refreshToken).toBe(last.refreshToken)
    pass(clock, HOUR)
    expect(await codeOf(issuer.refresh(last))).toBeUndefined()
  })

  it('costs nobody a login whose answer was lost', async () => {
    const { issuer, clock } = startNode()
    const first = await issuer.login(alice)
    await issuer.refresh(first)
    pass(clock, 10 * SECOND)
    const retried = await issuer.refresh(first)
    pass(clock, HOUR)
    expect(await codeOf(issuer.refresh(retried))).toBeUndefined()
  })

  it('can be switched off', async () => {
    const { issuer } = startNode({ lifetimes: { grace: 0 } })
    const first = await issuer.login(alice)
    await issuer.refresh(first)
    expect(await codeOf(issuer.refresh(first))).toBe('ERR_ISSUER_REUSED')
  })
})
