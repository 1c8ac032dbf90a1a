import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { bearing, startWorld, told } from './world.ts'

describeHosts('two apps with two environments in one process', (host) => {
  it('never mix: issuers, revocations, events', async () => {
    const [one, two] = [await startWorld(), await startWorld()]
    const [appOne, appTwo] = [await one.guarded(host), await two.guarded(host)]
    // Of the same account, with the same ids, from each app's own issuer.
    const same = { jti: 'j', sid: 's' }
    const [tokenOne, tokenTwo] = [await one.token(['viewer'], same), await two.token(['viewer'], same)]
    expect(await told(await appOne.fetch('/orders', bearing(tokenTwo)))).toEqual([401, 'ERR_JWT_ISSUER'])
    expect((await appOne.fetch('/orders', bearing(tokenOne))).status).toBe(200)
    expect((await appTwo.fetch('/orders', bearing(tokenTwo))).status).toBe(200)

    const expiresAt = Math.floor(one.clock.now() / 1000) + 600
    for (const { issuer } of [one, two].map((world) => world.issuer)) {
      const revoked = { kind: 'token', id: 'j', issuer, expiresAt, reason: 'test' } as const
      await one.env.revocations.revoke(revoked)
    }
    expect(await told(await appOne.fetch('/orders', bearing(tokenOne)))).toEqual([401, 'ERR_JWT_REVOKED'])
    expect((await appTwo.fetch('/orders', bearing(tokenTwo))).status).toBe(200)

    expect(one.events.of('gate.refused').map(({ detail }) => detail.code)).toEqual([
      'ERR_JWT_ISSUER',
      'ERR_JWT_REVOKED',
    ])
    expect(two.events.of('gate.refused')).toEqual([])
    expect(two.events.of('authn.accepted')).toHaveLength(2)
  })

  it('end apart: a closed environment lets nobody in, the other one goes on', async () => {
    const [one, two] = [await startWorld(), await startWorld()]
    const [appOne, appTwo] = [await one.guarded(host), await two.guarded(host)]
    const [tokenOne, tokenTwo] = [await one.token(['viewer']), await two.token(['viewer'])]
    expect((await appOne.fetch('/orders', bearing(tokenOne))).status).toBe(200)
    await one.env.close()
    expect(await told(await appOne.fetch('/orders', bearing(tokenOne)))).toEqual([503, 'ERR_ENVIRONMENT_CLOSED'])
    expect((await appTwo.fetch('/orders', bearing(tokenTwo))).status).toBe(200)
  })

  it('cannot meet on one request', async () => {
    const [one, two] = [await startWorld(), await startWorld()]
    const app = await host.start({ use: [one.auth], route: [two.access.require('orders:read')] })
    expect(await told(await app.fetch('/orders', bearing(await one.token(['clerk']))))).toEqual([
      500,
      'ERR_ENVIRONMENT_CONFLICT',
    ])
  })
})
