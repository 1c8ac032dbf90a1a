import { createMemoryStore } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { answered, startScene } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }
const COOKIE = '__Host-session'

describe.each([express5Host, koa3Host].map((host) => [host.name, host] as const))('attacks on %s', (_name, host) => {
  it('ASVS 7.2.4: session fixation: an id from before the login is of no use after it', async () => {
    const { browser, acts } = await startScene(host)
    acts.set('visit', (_call, held) => void Object.assign(held!, { seen: 1 }))
    const attacker = browser()
    await attacker.send('visit')
    const victim = attacker.copy()
    await victim.login()
    expect(await answered(victim.send())).toBe('ada')
    expect(await answered(attacker.send())).toBeNull()
  })

  it('an id that its owner has given up ends the session of both', async () => {
    const { browser, acts, clock, sessions, events } = await startScene(host, { own: true })
    acts.set('rotate', ({ seen }) => sessions.rotate(seen))
    const owner = browser()
    await owner.login()
    const thief = owner.copy()
    await owner.send('rotate')
    // Requests of the owner's that were under way are let in for a moment.
    expect(await answered(owner.copy().send())).toBe('ada')
    expect(await answered(thief.copy().send())).toBe('ada')
    await clock.advance(31_000)
    expect(await answered(thief.send())).toBeNull()
    expect(await answered(owner.send())).toBeNull()
    expect(events.of('session.reused')).toHaveLength(1)
    expect(events.of('session.ended').map(({ detail }) => detail.reason)).toEqual(['reused'])
    expect(await sessions.list(ada)).toEqual([])
  })

  it('a cookie that is cut, longer, doubled, guessed or another account’s is nobody’s', async () => {
    const { browser } = await startScene(host, { own: true })
    const [owner, other] = [browser(), browser()]
    await owner.login()
    await other.login('bob')
    const good = owner.cookies.get(COOKIE)!
    const forged = [
      good.slice(0, -1),
      `${good}A`,
      `${good.slice(0, -43)}${'A'.repeat(43)}`,
      `${other.cookies.get(COOKIE)!.slice(0, 20)}${good.slice(20)}`,
      `${good.slice(0, 42)}.${other.cookies.get(COOKIE)!.slice(-43)}`,
      good.toUpperCase(),
      '',
      'null',
    ]
    for (const value of forged) {
      const thief = browser()
      thief.cookies.set(COOKIE, value)
      expect(await answered(thief.send()), value).toBeNull()
    }
    const doubled = { cookie: `${COOKIE}=${good}; ${COOKIE}=${other.cookies.get(COOKIE)!}` }
    expect(await answered(browser().send('read', doubled))).toBeNull()
    // None of it has hurt who they belong to.
    expect([await answered(owner.send()), await answered(other.send())]).toEqual(['ada', 'bob'])
  })

  it('who reads the store has no session: neither ours nor the app’s', async () => {
    for (const own of [true, false]) {
      const inner = createMemoryStore()
      const written: string[] = []
      const store = {
        ...inner,
        commit: (partition: string, changes: Parameters<typeof inner.commit>[1]) => {
          for (const change of changes) {
            if ('put' in change) written.push(partition, change.put, new TextDecoder().decode(change.value))
          }
          return inner.commit(partition, changes)
        },
      }
      const { browser, ids } = await startScene(host, { own, environment: { store } })
      const owner = browser()
      await owner.login()
      await owner.send()
      const all = JSON.stringify([written, ids()])
      for (const [name, value] of owner.cookies) {
        if (name === '__Host-device') continue
        const secret = own ? value.slice(-43) : (/^s%3A([^.]+)\./.exec(value)?.[1] ?? value)
        expect(all).not.toContain(secret)
      }
      // The name of an entry is no id either.
      for (const id of ids()) {
        const thief = browser()
        for (const [name] of owner.cookies) if (!name.startsWith('__Host-')) thief.cookies.set(name, id)
        expect(await answered(thief.send())).toBeNull()
      }
    }
  })

  it('login by another site is refused, and leaves no session', async () => {
    const { browser, sessions } = await startScene(host, { own: true, behind: () => [] })
    const victim = browser()
    const answer = await victim.request('POST', '/orders?do=login&user=mallory', {
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(403)
    expect(victim.cookies.has(COOKIE)).toBe(false)
    expect(await sessions.list({ issuer: 'local', subject: 'mallory' })).toEqual([])
  })

  it('a session that nobody had seen falls with a sign-out everywhere, and does not come back', async () => {
    const { browser, clock, sessions, acts } = await startScene(host)
    acts.set('silent', (_call, held) => void Object.assign(held!, { user: 'ada', at: Math.floor(clock.now() / 1000) }))
    const unseen = browser()
    await unseen.send('silent')
    await clock.advance(60_000)
    expect(await sessions.endAll(ada, { reason: 'compromised' })).toBe(0)
    await clock.advance(1000)
    expect(await answered(unseen.send())).toBe('ERR_SESSION_UNDATED')
    expect(await answered(unseen.send())).toBeNull()
    // A login that nobody announces, but that says when it was.
    await clock.advance(1000)
    const later = browser()
    await later.send('silent')
    expect(await answered(later.send())).toBe('ada')
  })

  it('a store that has lost everything logs everybody out cleanly, and lets nobody back in', async () => {
    let inner = createMemoryStore()
    const store = {
      kind: 'memory',
      durable: false,
      generation: () => inner.generation(),
      get: (...args: Parameters<typeof inner.get>) => inner.get(...args),
      commit: (...args: Parameters<typeof inner.commit>) => inner.commit(...args),
      increment: (...args: Parameters<typeof inner.increment>) => inner.increment(...args),
      listOwned: (...args: Parameters<typeof inner.listOwned>) => inner.listOwned(...args),
      append: (...args: Parameters<typeof inner.append>) => inner.append(...args),
      readSince: (...args: Parameters<typeof inner.readSince>) => inner.readSince(...args),
      subscribe: (...args: Parameters<typeof inner.subscribe>) => inner.subscribe(...args),
      cleanup: () => inner.cleanup(),
      close: () => inner.close(),
    }
    const { browser, clock, sessions } = await startScene(host, { own: true, environment: { store } })
    const [kept, revoked] = [browser(), browser()]
    await kept.login()
    await revoked.login()
    await kept.send()
    await revoked.send()
    const stolen = revoked.copy()
    for (const { id } of (await sessions.list(ada)).slice(0, 1)) await sessions.end(ada, id, { reason: 'test' })
    inner = createMemoryStore({ clock })
    await clock.advance(2000)
    for (const one of [kept, revoked, stolen]) expect(await answered(one.send())).toBeNull()
    await clock.advance(2000)
    await kept.login()
    expect(await answered(kept.send())).toBe('ada')
    expect(await answered(stolen.send())).toBeNull()
  })

  it('an environment whose store is down refuses with 503, and never with a pass or "not logged in"', async () => {
    const inner = createMemoryStore()
    let down = false
    const fail = (): never => {
      throw new Error('down')
    }
    const store = {
      ...inner,
      get: (...args: Parameters<typeof inner.get>) => (down ? fail() : inner.get(...args)),
      commit: (...args: Parameters<typeof inner.commit>) => (down ? fail() : inner.commit(...args)),
    }
    const { browser, sessions } = await startScene(host, { own: true, environment: { store } })
    const [known, unknown] = [browser(), browser()]
    await known.login()
    await known.send()
    await unknown.login()
    const [newest] = await sessions.list(ada)
    down = true
    // Who this node knows is let in; the list of revocations is current.
    expect(await answered(known.send())).toBe('ada')
    const refused = await unknown.send()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await browser().login()).status).toBe(503)
    await expect(sessions.end(ada, newest!.id, { reason: 'test' })).rejects.toMatchObject({ status: 503 })
    down = false
    expect(await answered(unknown.send())).toBe('ada')
  })
})
