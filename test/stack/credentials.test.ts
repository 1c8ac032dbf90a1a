import { identify, type Login } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { bearing, startWorld, told, type World } from './world.ts'

/** The app's own login, in a cookie that the browser sends by itself. */
const session = ({ env, issuer }: World, login: Login) => identify(() => login, { env, issuer: issuer.issuer })

describeHosts('a session and a token on one request', (host) => {
  it('of two accounts: 400, whichever comes first', async () => {
    const world = await startWorld()
    const token = bearing(await world.token(['clerk']))
    const bob = session(world, { subject: 'bob', roles: ['clerk'] })
    for (const use of [
      [bob, world.auth],
      [world.auth, bob],
    ]) {
      const app = await world.guarded(host, { use })
      expect(await told(await app.fetch('/orders', token))).toEqual([400, 'ERR_CREDENTIAL_CONFLICT'])
    }
  })

  it('of one account: what the token may is not widened by the session', async () => {
    const world = await startWorld()
    const clerk = session(world, { subject: 'alice', roles: ['clerk'] })
    const narrow = bearing(await world.token([]))
    for (const use of [
      [clerk, world.auth],
      [world.auth, clerk],
    ]) {
      const app = await world.guarded(host, { use })
      expect(await told(await app.fetch('/orders', narrow))).toEqual([403, 'ERR_RBAC_FORBIDDEN'])
    }
  })

  it('a bad token is not rescued by a good session', async () => {
    const world = await startWorld()
    const clerk = session(world, { subject: 'alice', roles: ['clerk'] })
    const optional = world.authWith({ required: false })
    for (const use of [
      [clerk, optional],
      [optional, clerk],
    ]) {
      const app = await world.guarded(host, { use })
      const expired = bearing(await world.token(['clerk'], { exp: 1 }))
      expect(await told(await app.fetch('/orders', expired))).toEqual([401, 'ERR_JWT_EXPIRED'])
      expect((await app.fetch('/orders')).status).toBe(200)
    }
  })
})

describeHosts('a token in a cookie', (host) => {
  it('attack: another site posts with it', async () => {
    const world = await startWorld()
    const app = await world.guarded(host, { use: [world.authWith({ cookie: '__Host-token' })] })
    const cookie = `__Host-token=${await world.token(['viewer'])}`
    const post = async (headers: Record<string, string>) =>
      told(await app.fetch('/orders', { method: 'POST', headers: { cookie, ...headers } }))
    expect(await post({})).toEqual([403, 'ERR_CROSS_ORIGIN'])
    expect(await post({ origin: 'https://evil.test' })).toEqual([403, 'ERR_CROSS_ORIGIN'])
    expect(await post({ origin: 'null' })).toEqual([403, 'ERR_CROSS_ORIGIN'])
    expect(await post({ 'sec-fetch-site': 'same-site', origin: app.origin })).toEqual([403, 'ERR_CROSS_ORIGIN'])
    expect(await post({ origin: app.origin })).toEqual([200, 'reached'])
    expect(await post({ 'sec-fetch-site': 'same-origin' })).toEqual([200, 'reached'])
    // To read needs no proof; a permission all the same.
    expect((await app.fetch('/orders', { headers: { cookie } })).status).toBe(200)
  })
})
