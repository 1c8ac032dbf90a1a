import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { answered, startScene } from './support/scene.ts'

const ada = { issuer: 'local', subject: 'ada' }

describeHosts('the sessions of an app', (host) => {
  it('are listed with what they are used from, and no usable id', async () => {
    const { browser, sessions, ids, clock } = await startScene(host)
    const laptop = browser()
    const phone = browser({
      'user-agent':
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    })
    await laptop.login()
    await clock.advance(5000)
    await phone.login()
    const listed = await sessions.list(ada)
    expect(listed).toMatchObject([
      {
        carrier: 'session',
        browser: 'Safari',
        os: 'iOS',
        platform: 'mobile',
        name: 'Safari on iOS',
        address: '127.0.0.0',
      },
      { carrier: 'session', browser: 'Firefox', version: '140', os: 'Linux', platform: 'desktop', trusted: false },
    ])
    expect(listed[0]!.createdAt - listed[1]!.createdAt).toBe(5)
    // Neither the list nor the app's store has what a browser presents.
    const secrets = [...laptop.cookies.values(), ...phone.cookies.values()]
    for (const secret of secrets) {
      const id = /^s%3A([^.]+)\./.exec(secret)?.[1] ?? secret
      expect(JSON.stringify([listed, ids()])).not.toContain(id)
    }
  })

  it('are tracked from their first request where nobody has announced them, once for a hundred at the same time', async () => {
    const { browser, sessions, acts } = await startScene(host)
    acts.set('silent', (_call, held) => void Object.assign(held!, { user: 'ada', at: Math.floor(Date.now() / 1000) }))
    const laptop = browser()
    await laptop.send('silent')
    expect(await sessions.list(ada)).toEqual([])
    const all = await Promise.all(Array.from({ length: 100 }, () => answered(laptop.send())))
    expect(new Set(all)).toEqual(new Set(['ada']))
    expect(await sessions.list(ada)).toHaveLength(1)
    expect(await answered(laptop.send())).toBe('ada')
    expect(await sessions.list(ada)).toHaveLength(1)
  })

  it('ASVS 7.2.4: have another secret id after a login, and keep their public one when it is given up', async () => {
    const { browser, sessions, acts } = await startScene(host)
    acts.set('visit', (_call, held) => void Object.assign(held!, { seen: 1 }))
    acts.set('rotate', ({ seen }) => sessions.rotate(seen))
    const laptop = browser()
    await laptop.send('visit')
    const before = new Map(laptop.cookies)
    await laptop.login()
    const [first] = await sessions.list(ada)
    const after = new Map(laptop.cookies)
    for (const [name, value] of before) expect(after.get(name)).not.toBe(value)
    await laptop.send('rotate')
    expect(laptop.cookies).not.toEqual(after)
    expect(await answered(laptop.send())).toBe('ada')
    expect((await sessions.list(ada)).map(({ id }) => id)).toEqual([first!.id])
  })

  it('end one by one, all others, or all', async () => {
    const { browser, sessions, acts, ids, clock } = await startScene(host)
    acts.set('others', ({ seen }) => sessions.endOthers(seen, { reason: 'test', by: 'user' }))
    const all = [browser(), browser(), browser(), browser()]
    let last = ''
    for (const one of all) last = ((await (await one.login()).json()) as { id: string }).id
    expect(await sessions.end(ada, last, { reason: 'test' })).toBe(true)
    expect(await sessions.end(ada, last, { reason: 'test' })).toBe(false)
    const alive = async (): Promise<(string | null)[]> => Promise.all(all.map((one) => answered(one.copy().send())))
    expect(ids()).toHaveLength(3)
    expect((await alive()).filter((who) => who === 'ada')).toHaveLength(3)
    expect(await (await all[0]!.send('others')).json()).toEqual({ done: 2 })
    expect(await alive()).toEqual(['ada', null, null, null])
    expect(await sessions.endAll(ada, { reason: 'test' })).toBe(1)
    expect(await alive()).toEqual([null, null, null, null])
    expect(ids()).toEqual([])
    // And who has logged out can log in, a second later: in that one nobody can tell which was first.
    expect((await all[1]!.login()).status).toBe(401)
    await clock.advance(1000)
    await all[1]!.login()
    expect(await answered(all[1]!.send())).toBe('ada')
  })

  it('ASVS 7.4.1: log out, and tell the browser to forget', async () => {
    const { browser, sessions, acts, ids } = await startScene(host)
    acts.set('logout', ({ seen }) => sessions.logout(seen))
    const laptop = browser()
    await laptop.login()
    const stolen = laptop.copy()
    const response = await laptop.send('logout')
    expect(response.status).toBe(200)
    expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"')
    expect(ids()).toEqual([])
    expect(await answered(laptop.send())).toBeNull()
    expect(await answered(stolen.send())).toBeNull()
    expect(await sessions.list(ada)).toEqual([])
  })

  it('ASVS 7.4.3: of who changes a password: all others end, this one goes on under another id', async () => {
    const { browser, sessions, acts } = await startScene(host)
    acts.set('password', ({ seen }) => sessions.credentialsChanged(seen, 'password changed'))
    const [laptop, phone] = [browser(), browser()]
    await laptop.login()
    await phone.login()
    const before = new Map(laptop.cookies)
    expect(await (await laptop.send('password')).json()).toEqual({ done: 1 })
    expect(laptop.cookies).not.toEqual(before)
    expect(await answered(laptop.send())).toBe('ada')
    expect(await answered(phone.send())).toBeNull()
  })
})

describe('koa-session that keeps everything in its cookie', () => {
  it('is listed and ended like one with a store', async () => {
    const { browser, sessions, acts } = await startScene(koa3Host, { kept: { inCookie: true } })
    acts.set('logout', ({ seen }) => sessions.logout(seen))
    const [laptop, phone] = [browser(), browser()]
    const { id } = (await (await laptop.login()).json()) as { id: string }
    await phone.login()
    expect(await sessions.list(ada)).toHaveLength(2)
    expect(await answered(laptop.send())).toBe('ada')
    await sessions.end(ada, id, { reason: 'test' })
    // The cookie itself still says who it was: only the tracker knows that it is over.
    const kept = laptop.copy()
    expect(await answered(laptop.send())).toBe('ERR_SESSION_ENDED')
    expect(await answered(kept.send())).toBe('ERR_SESSION_ENDED')
    expect(await answered(laptop.send())).toBeNull()
    const stolen = phone.copy()
    await phone.send('logout')
    expect(await answered(stolen.send())).toBe('ERR_SESSION_ENDED')
  })

  it('is tracked from its first request where nobody has announced it', async () => {
    const { browser, sessions, acts } = await startScene(koa3Host, { kept: { inCookie: true } })
    acts.set('silent', (_call, held) => void Object.assign(held!, { user: 'ada', at: Math.floor(Date.now() / 1000) }))
    const laptop = browser()
    await laptop.send('silent')
    for (let i = 0; i < 3; i++) expect(await answered(laptop.send())).toBe('ada')
    expect(await sessions.list(ada)).toHaveLength(1)
  })
})
