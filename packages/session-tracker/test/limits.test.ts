import { describe, expect, it } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { answered, startScene } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }

describe.each([express5Host, koa3Host].map((host) => [host.name, host] as const))('limits on %s', (_name, host) => {
  it('end the oldest session for a new one', async () => {
    const { browser, clock, sessions, events } = await startScene(host, { tracker: { limit: 2 } })
    const all = [browser(), browser(), browser()]
    for (const one of all) {
      await one.login()
      await clock.advance(1000)
    }
    expect(await Promise.all(all.map((one) => answered(one.send())))).toEqual([null, 'ada', 'ada'])
    expect(await sessions.list(ada)).toHaveLength(2)
    expect(events.of('session.limited').map(({ detail }) => detail)).toMatchObject([
      { most: 2, answer: 'ended-oldest' },
    ])
    expect(events.of('session.ended')[0]!.detail).toMatchObject({ reason: 'limit', by: 'policy' })
    await browser().login('bob')
    expect(await sessions.list(ada)).toHaveLength(2)
  })

  it('refuse a login, or let the user choose which session it takes the place of', async () => {
    const { browser, sessions, acts, events } = await startScene(host, {
      own: true,
      tracker: { limit: { most: 2, beyond: 'refuse' } },
    })
    acts.set('instead', async ({ seen, exchange }) => {
      const id = new URLSearchParams(exchange.search).get('id')!
      await sessions.track(seen, { subject: 'ada' }, { instead: [id] })
    })
    const [laptop, phone, tablet] = [browser(), browser(), browser()]
    await laptop.login()
    await phone.login()
    const refused = await tablet.login()
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'ERR_SESSION_LIMIT'])
    expect(events.of('session.limited')[0]!.detail).toMatchObject({ most: 2, answer: 'refused' })
    expect(await answered(tablet.send())).toBeNull()
    const chosen = (await sessions.list(ada)).at(-1)!
    expect((await tablet.send('instead', {}, '&id=of-nobody')).status).toBe(403)
    expect((await tablet.send('instead', {}, `&id=${chosen.id}`)).status).toBe(200)
    expect(await answered(tablet.send())).toBe('ada')
    expect((await sessions.list(ada)).map(({ id }) => id)).not.toContain(chosen.id)
    expect(await sessions.list(ada)).toHaveLength(2)
  })

  it('are by role: the strictest of those that somebody has', async () => {
    const { browser, sessions } = await startScene(host, {
      own: true,
      tracker: { limit: { most: 5, roles: { admin: 1, clerk: 3, robot: 20 } } },
    })
    const count = async (user: string, roles: readonly string[]): Promise<number> => {
      for (let i = 0; i < 6; i++) await browser().login(user, roles)
      return (await sessions.list({ issuer: 'local', subject: user })).length
    }
    expect(await count('a', [])).toBe(5)
    expect(await count('b', ['clerk'])).toBe(3)
    expect(await count('c', ['clerk', 'admin', 'other'])).toBe(1)
    expect(await count('d', ['robot'])).toBe(6)
  })

  it('do not count sessions that are over', async () => {
    const { browser, clock } = await startScene(host, {
      own: true,
      tracker: { limit: { most: 1, beyond: 'refuse' }, idle: 600 },
    })
    await browser().login()
    expect((await browser().login()).status).toBe(403)
    await clock.advance(601_000)
    expect((await browser().login()).status).toBe(200)
  })
})
