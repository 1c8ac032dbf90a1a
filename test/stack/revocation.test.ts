import type { Revocation } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import type { Host, RunningApp } from '../hosts/host.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { bearing, startWorld, told, type World } from './world.ts'

const claims = { jti: 'token-1', sid: 'session-1', sub: 'alice' }

/** Whom each kind of revocation does not concern. */
const others = {
  token: { ...claims, jti: 'token-2' },
  session: { ...claims, sid: 'session-2' },
  subject: { ...claims, sub: 'bob' },
} as const

function revocationOf(kind: Revocation['kind'], { issuer, clock }: World): Revocation {
  const now = Math.floor(clock.now() / 1000)
  const common = { issuer: issuer.issuer, expiresAt: now + 600, reason: 'test' }
  switch (kind) {
    case 'token':
      return { kind, id: claims.jti, ...common }
    case 'session':
      return { kind, id: claims.sid, ...common }
    case 'subject':
      return { kind, subject: claims.sub, notAfter: now, ...common }
  }
}

/** Two apps of one environment: this host, and one of the other family with a gate of its own. */
async function twoApps(host: Host, world: World): Promise<readonly RunningApp[]> {
  const another = host.kind === 'koa' ? express5Host : koa3Host
  return [await world.guarded(host), await world.guarded(another, { use: [world.authWith({})] })]
}

describeHosts('a revocation', (host) => {
  it.each(['token', 'session', 'subject'] as const)(
    'of a %s takes effect with the next request, on every app of the environment, and on nobody else',
    async (kind) => {
      const world = await startWorld()
      const apps = await twoApps(host, world)
      const hit = bearing(await world.token(['viewer'], claims))
      const missed = bearing(await world.token(['viewer'], others[kind]))
      for (const app of apps) {
        // Twice: the second time the token is a remembered one.
        expect((await app.fetch('/orders', hit)).status).toBe(200)
        expect((await app.fetch('/orders', hit)).status).toBe(200)
        expect((await app.fetch('/orders', missed)).status).toBe(200)
      }
      await world.env.revocations.revoke(revocationOf(kind, world))
      for (const app of apps) {
        const refused = await app.fetch('/orders', hit)
        expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
        expect(await told(refused)).toEqual([401, 'ERR_JWT_REVOKED'])
        expect((await app.fetch('/orders', missed)).status).toBe(200)
      }
    },
  )

  it('of a subject does not hit what was issued after it', async () => {
    const world = await startWorld()
    const app = await world.guarded(host)
    const before = bearing(await world.token(['viewer'], claims))
    await world.env.revocations.revoke(revocationOf('subject', world))
    await world.clock.advance(1000)
    const after = bearing(await world.token(['viewer'], claims))
    expect((await app.fetch('/orders', before)).status).toBe(401)
    expect((await app.fetch('/orders', after)).status).toBe(200)
  })

  it('attack: the other signature that ECDSA has for the same token is revoked with it', async () => {
    const world = await startWorld()
    const app = await world.guarded(host)
    const token = await world.token(['viewer'], claims)
    const twin = withTwinSignature(token)
    expect(twin).not.toBe(token)
    expect((await app.fetch('/orders', bearing(twin))).status).toBe(200)
    await world.env.revocations.revoke(revocationOf('token', world))
    expect((await app.fetch('/orders', bearing(token))).status).toBe(401)
    expect((await app.fetch('/orders', bearing(twin))).status).toBe(401)
  })
})

/** (r, n − s) is as good a signature as (r, s): whoever has one can make the other without any key. */
function withTwinSignature(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header, payload, signature] = token.split('.')
  const bytes = Buffer.from(signature!, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${header}.${payload}.${twin.toString('base64url')}`
}
