import type { ExchangePolicy, ExchangeQuestion } from '@sallyport/jwt-auth/issuer'
import { describe, expect, it } from 'vitest'
import { acceptorOf, read } from './support/acceptor.ts'
import { alice, AUDIENCE, codeOf, HOUR, MINUTE, pass, startNode } from './support/nodes.ts'

const client = 'gateway'
const delegate: ExchangePolicy = () => ({ as: 'delegation', audience: AUDIENCE })
const impersonate: ExchangePolicy = () => ({ as: 'impersonation', audience: AUDIENCE })

describe('token exchange', () => {
  it('is refused without a policy, and where the policy says nothing', async () => {
    const without = startNode()
    const { accessToken } = await without.issuer.login(alice)
    expect(await codeOf(without.issuer.exchange({ client, subjectToken: accessToken }))).toBe('ERR_ISSUER_GRANT_TYPE')
    const { issuer } = startNode({ exchange: () => undefined })
    const tokens = await issuer.login(alice)
    expect(await codeOf(issuer.exchange({ client, subjectToken: tokens.accessToken }))).toBe('ERR_ISSUER_UNAUTHORIZED')
  })

  it('asks the policy with all that is known', async () => {
    const asked: ExchangeQuestion[] = []
    const { issuer } = startNode({
      exchange: (question) => {
        asked.push(question)
        return { as: 'delegation' }
      },
    })
    const { accessToken: subjectToken, sid } = await issuer.login({ ...alice, tenant: 'acme' })
    const { accessToken: actorToken } = await issuer.accessToken({ subject: 'support-1' })
    await issuer.exchange({ client, subjectToken, actorToken, audience: ['stock-api'], scopes: ['orders:read'] })
    expect(asked).toMatchObject([
      {
        client,
        subject: { principal: { subject: 'alice', tenant: 'acme', sid }, claims: { roles: ['clerk'] } },
        actor: { principal: { subject: 'support-1' } },
        audience: ['stock-api'],
        scopes: ['orders:read'],
      },
    ])
  })

  it('by delegation names who acts, and everybody who acted before', async () => {
    const { issuer, env, events } = startNode({ exchange: delegate })
    const { accessToken } = await issuer.login(alice)
    const first = await issuer.exchange({ client, subjectToken: accessToken })
    expect(read(first.accessToken).claims).toMatchObject({ sub: 'alice', client_id: client, act: { sub: client } })
    const { accessToken: actorToken } = await issuer.accessToken({ subject: 'support-1' })
    const second = await issuer.exchange({ client: 'desk', subjectToken: first.accessToken, actorToken })
    expect(read(second.accessToken).claims['act']).toEqual({ sub: 'support-1', act: { sub: client } })
    const answer = await (await acceptorOf(issuer, env)).ask(second.accessToken)
    expect(JSON.parse(answer.text)).toMatchObject({
      principal: { subject: 'alice', actor: { subject: 'support-1', actor: { subject: client } } },
    })
    expect(events.of('token.issued').at(-1)!.detail).toMatchObject({ grant: 'exchange', actor: 'support-1' })
  })

  it('by impersonation names nobody, but forgets nobody', async () => {
    let policy = impersonate
    const { issuer } = startNode({ exchange: (question) => policy(question) })
    const { accessToken } = await issuer.login(alice)
    const { accessToken: silent } = await issuer.exchange({ client, subjectToken: accessToken })
    expect(read(silent).claims).not.toHaveProperty('act')
    policy = delegate
    const { accessToken: acted } = await issuer.exchange({ client, subjectToken: accessToken })
    policy = impersonate
    const { accessToken: after } = await issuer.exchange({ client: 'desk', subjectToken: acted })
    expect(read(after).claims['act']).toEqual({ sub: client })
  })

  it('gives no more than the subject’s token has, whatever the policy says', async () => {
    const { issuer, clock } = startNode({
      exchange: ({ scopes }) => ({ as: 'impersonation', audience: AUDIENCE, lifetime: 1e6, ...(scopes && { scopes }) }),
    })
    const { accessToken: subjectToken } = await issuer.login(alice)
    expect(await codeOf(issuer.exchange({ client, subjectToken, scopes: ['admin'] }))).toBe('ERR_ISSUER_SCOPE')
    const narrow = await issuer.exchange({ client, subjectToken, scopes: ['orders:read'] })
    expect(narrow.scopes).toEqual(['orders:read'])
    expect((await issuer.exchange({ client, subjectToken })).scopes).toEqual(alice.scopes)
    pass(clock, 20 * MINUTE)
    const { accessToken, expiresIn } = await issuer.exchange({ client, subjectToken })
    expect(expiresIn).toBe(600)
    expect(read(accessToken).claims.exp).toBe(read(subjectToken).claims.exp)
  })

  it('needs to be told for whom', async () => {
    const { issuer } = startNode({ exchange: () => ({ as: 'delegation' }) })
    const { accessToken: subjectToken } = await issuer.login(alice)
    expect(await codeOf(issuer.exchange({ client, subjectToken }))).toBe('ERR_ISSUER_TARGET')
  })

  it('gives a token that falls with the session it came from', async () => {
    const { issuer, env } = startNode({ exchange: delegate })
    const tokens = await issuer.login(alice)
    const { accessToken } = await issuer.exchange({ client, subjectToken: tokens.accessToken })
    const { ask } = await acceptorOf(issuer, env)
    expect((await ask(accessToken)).status).toBe(200)
    await issuer.revoke(tokens.refreshToken, { reason: 'logout' })
    expect((await ask(accessToken)).code).toBe('ERR_JWT_REVOKED')
  })

  it('keeps to who may act, where the token says it (may_act)', async () => {
    const { issuer } = startNode({ exchange: delegate })
    const { accessToken: subjectToken } = await issuer.login({ ...alice, claims: { may_act: { sub: 'gateway' } } })
    expect(await codeOf(issuer.exchange({ client: 'other', subjectToken }))).toBe('ERR_ISSUER_UNAUTHORIZED')
    const { accessToken: actorToken } = await issuer.accessToken({ subject: 'eve' })
    expect(await codeOf(issuer.exchange({ client, subjectToken, actorToken }))).toBe('ERR_ISSUER_UNAUTHORIZED')
    expect(await codeOf(issuer.exchange({ client, subjectToken }))).toBeUndefined()
  })

  it.each(['an ended', 'a revoked', 'a refresh', 'no'] as const)('takes %s token for none', async (kind) => {
    const { issuer, clock } = startNode({ exchange: delegate })
    const tokens = await issuer.login(alice)
    if (kind === 'an ended') pass(clock, HOUR)
    if (kind === 'a revoked') await issuer.revoke(tokens.accessToken, { reason: 'test' })
    const token = { 'a refresh': tokens.refreshToken, no: '' }[kind as string] ?? tokens.accessToken
    expect(await codeOf(issuer.exchange({ client, subjectToken: token }))).toBe('ERR_ISSUER_REQUEST')
    const good = await issuer.login(alice)
    const attempt = issuer.exchange({ client, subjectToken: good.accessToken, actorToken: token })
    expect(await codeOf(attempt)).toBe('ERR_ISSUER_REQUEST')
  })

  it('does not free a token from the key that it is bound to', async () => {
    const { issuer } = startNode({ exchange: impersonate })
    const { accessToken: subjectToken } = await issuer.login(alice, { proofKey: 'alices' })
    expect(await codeOf(issuer.exchange({ client, subjectToken }))).toBe('ERR_ISSUER_PROOF')
    expect(await codeOf(issuer.exchange({ client, subjectToken, proofKey: 'eves' }))).toBe('ERR_ISSUER_PROOF')
    const { accessToken } = await issuer.exchange({ client, subjectToken, proofKey: 'alices' })
    expect(read(accessToken).claims['cnf']).toEqual({ jkt: 'alices' })
  })
})
