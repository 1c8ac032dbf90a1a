import { request, type ClientRequest } from 'node:http'
import { expect, it } from 'vitest'
import { UPSTREAM_SECRET } from '../../packages/jwt-auth/test/support/key-server.ts'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { bearing, startWorld, told } from './world.ts'

describeHosts('the issuer’s key server', (host) => {
  it('is down: 503 with Retry-After, no challenge and nothing of its words; back: tokens are accepted', async () => {
    const { auth, clock, events, guarded, issuer, token } = await startWorld()
    const app = await guarded(host)
    const good = bearing(await token(['viewer']))
    issuer.server.mode = 'down'
    const down = await app.fetch('/orders', good)
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(down.headers.get('www-authenticate')).toBeNull()
    const body = await down.text()
    expect([down.status, (JSON.parse(body) as { code: string }).code]).toEqual([503, 'ERR_JWT_KEYS_UNAVAILABLE'])
    expect(body).not.toContain(UPSTREAM_SECRET)
    expect(auth.health().ready).toBe(false)
    // What needs no key is answered as ever.
    expect(await told(await app.fetch('/orders'))).toEqual([401, 'ERR_JWT_MISSING'])
    expect(await told(await app.fetch('/orders', bearing('x')))).toEqual([401, 'ERR_JWT_MALFORMED'])

    issuer.server.mode = 'up'
    await clock.advance(Number(down.headers.get('retry-after')) * 1000)
    expect((await app.fetch('/orders', good)).status).toBe(200)
    expect(auth.health().ready).toBe(true)
    expect(events.of('health.changed').map(({ detail }) => detail.healthy)).toEqual([false, true])
  })

  it('goes down later: tokens of known keys are accepted on, also new ones', async () => {
    const { clock, guarded, issuer, token } = await startWorld()
    const app = await guarded(host)
    const first = bearing(await token(['viewer'], { exp: Math.floor(clock.now() / 1000) + 7200 }))
    expect((await app.fetch('/orders', first)).status).toBe(200)
    issuer.server.mode = 'down'
    await clock.advance(15 * 60_000)
    await expect.poll(async () => (await app.fetch('/orders', first)).status).toBe(200)
    expect((await app.fetch('/orders', bearing(await token(['viewer'])))).status).toBe(200)
  })

  it('is slow: all wait for one request, and those that went away meanwhile harm nobody', async () => {
    const { guarded, issuer, token } = await startWorld()
    let reached = 0
    const app = await guarded(host, { handler: () => ({ body: `reached ${++reached}` }) })
    const good = bearing(await token(['viewer']))
    issuer.server.mode = 'hang'

    const leaving = Array.from({ length: 5 }, () => {
      const outgoing = request({ host: '127.0.0.1', port: app.port, path: '/orders', headers: good.headers })
      outgoing.on('error', () => undefined)
      outgoing.end()
      return outgoing
    })
    await expect.poll(() => issuer.fetches).toBe(1)
    const staying = Array.from({ length: 5 }, () => app.fetch('/orders', good))
    await Promise.all(leaving.map(closed))

    issuer.server.mode = 'up'
    issuer.server.release()
    for (const response of await Promise.all(staying)) expect(response.status).toBe(200)
    expect(issuer.fetches).toBe(1)
    expect((await app.fetch('/orders', good)).status).toBe(200)
    expect(app.errors).toEqual([])
  })
})

function closed(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    outgoing.on('close', resolve)
    outgoing.destroy()
  })
}
