import { describe, expect, it, vi } from 'vitest'
import type { TokenIssuerOptions } from '@sallyport/jwt-auth/issuer'
import { acceptorOf, read } from './support/acceptor.ts'
import { codeOf, DAY, HOUR, MINUTE, pass, startNodes, type Node, type Nodes } from './support/nodes.ts'
import { watched } from './support/watched-store.ts'

const reports = { service: 'reports', scopes: ['orders:read'] }

/** A node whose timers run: few of them, so that days pass quickly. */
function calm(nodes: Nodes, options: Partial<TokenIssuerOptions> = {}): Node {
  return nodes.node(options, { revocationPollInterval: MINUTE })
}

describe('the token of a service', () => {
  it('says which service it is and what it may do, and is taken by jwtAuth', async () => {
    const nodes = startNodes()
    const { issuer, env } = calm(nodes)
    const token = await issuer.serviceToken({ ...reports, roles: ['reader'] }).current()
    const now = nodes.clock.now() / 1000
    expect(read(token).claims).toMatchObject({
      sub: 'reports',
      client_id: 'reports',
      scope: 'orders:read',
      roles: ['reader'],
      iat: now,
      exp: now + 8 * 86_400,
    })
    expect((await (await acceptorOf(issuer, env)).ask(token)).status).toBe(200)
  })

  it('is renewed by itself every 7 days, and the one before stays good for a day', async () => {
    const nodes = startNodes()
    const { issuer, env } = calm(nodes)
    const service = issuer.serviceToken(reports)
    const handed: string[] = []
    service.onRenewed((token) => void handed.push(token))
    const first = await service.current()
    expect(handed).toEqual([first])
    await nodes.clock.advance(7 * DAY - HOUR)
    expect(await service.current()).toBe(first)
    await nodes.clock.advance(HOUR)
    // Nobody asked for it. Signing takes real time.
    await vi.waitFor(() => expect(handed).toHaveLength(2))
    const second = handed[1]!
    expect(await service.current()).toBe(second)
    const { ask } = await acceptorOf(issuer, env)
    expect([(await ask(first)).status, (await ask(second)).status]).toEqual([200, 200])
    await nodes.clock.advance(DAY + MINUTE)
    expect([(await ask(first)).code, (await ask(second)).status]).toEqual(['ERR_JWT_EXPIRED', 200])
    await nodes.clock.advance(6 * DAY)
    await vi.waitFor(() => expect(handed).toHaveLength(3))
    expect(new Set(handed).size).toBe(3)
  })

  it('is renewed when it is asked for, where the process slept', async () => {
    const nodes = startNodes()
    const { issuer } = calm(nodes)
    const service = issuer.serviceToken(reports)
    const first = await service.current()
    pass(nodes.clock, 30 * DAY)
    const tokens = await Promise.all([service.current(), service.current()])
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).not.toBe(first)
    expect(read(tokens[0]!).claims.exp).toBe(nodes.clock.now() / 1000 + 8 * 86_400)
  })

  it('outlives an outage as long as the overlap lasts, and is renewed after it', async () => {
    const nodes = startNodes()
    const { store, fail } = watched(nodes.connect())
    const { issuer } = nodes.node({}, { store, revocationPollInterval: MINUTE })
    const service = issuer.serviceToken(reports)
    const first = await service.current()
    await nodes.clock.advance(7 * DAY - HOUR)
    fail('get')
    await nodes.clock.advance(2 * HOUR)
    expect(await service.current()).toBe(first)
    pass(nodes.clock, DAY)
    expect(await codeOf(service.current())).toBe('ERR_STORE_UNAVAILABLE')
    fail(undefined)
    await nodes.clock.advance(2 * HOUR)
    expect(await service.current()).not.toBe(first)
  })

  it('falls when it is revoked, all of it, on every node, and is renewed no more', async () => {
    const nodes = startNodes()
    const [one, two] = [calm(nodes), calm(nodes)]
    const service = one.issuer.serviceToken(reports)
    const first = await service.current()
    pass(nodes.clock, 7 * DAY)
    const second = await service.current()
    const other = await one.issuer.serviceToken(reports).current()
    await service.revoke({ reason: 'leaked' })
    const { ask } = await acceptorOf(two.issuer, two.env)
    expect((await ask(first)).code).toBe('ERR_JWT_REVOKED')
    expect((await ask(second)).code).toBe('ERR_JWT_REVOKED')
    expect((await ask(other)).status).toBe(200)
    expect(await codeOf(service.current())).toBe('ERR_ISSUER_GRANT')
    // As long as what it revokes.
    pass(nodes.clock, 8 * DAY - MINUTE)
    expect((await ask(second)).code).toBe('ERR_JWT_REVOKED')
    expect(one.events.of('token.revoked')).toMatchObject([
      { detail: { kind: 'service', reason: 'leaked', account: { subject: 'reports' } } },
    ])
  })

  it('whose session was revoked by somebody else is renewed no more', async () => {
    const nodes = startNodes()
    const [one, two] = [calm(nodes), calm(nodes)]
    const service = one.issuer.serviceToken(reports)
    const { sid, exp } = read(await service.current()).claims
    const issuer = one.issuer.issuer
    await two.env.revocations.revoke({ kind: 'session', issuer, id: sid as string, expiresAt: exp!, reason: 'leaked' })
    await nodes.clock.advance(2 * MINUTE)
    expect(await codeOf(service.current())).toBe('ERR_ISSUER_GRANT')
  })

  it('that was revoked with all of its service is replaced by a new one', async () => {
    const nodes = startNodes()
    const [one, two] = [calm(nodes), calm(nodes)]
    const service = one.issuer.serviceToken(reports)
    const first = await service.current()
    await two.issuer.endAccount({ subject: 'reports' }, { reason: 'leaked' })
    await nodes.clock.advance(2 * MINUTE)
    const { ask } = await acceptorOf(two.issuer, two.env)
    expect((await ask(first)).code).toBe('ERR_JWT_REVOKED')
    const second = await service.current()
    expect((await ask(second)).status).toBe(200)
    // The revocation lasts as long as the longest that it hits.
    pass(nodes.clock, 8 * DAY - 5 * MINUTE)
    expect((await ask(first)).code).toBe('ERR_JWT_REVOKED')
  })

  it.each<[string, object]>([
    ['no scopes', { service: 'reports' }],
    ['an empty list of scopes', { service: 'reports', scopes: [] }],
    ['scopes with a space', { service: 'reports', scopes: ['a b'] }],
    ['no name', { scopes: ['a'] }],
    ['an option that is not there', { ...reports, scope: 'a' }],
  ])('is refused with %s', async (_what, options) => {
    const { node } = startNodes()
    const { issuer } = node()
    expect(() => issuer.serviceToken(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    )
  })
})
