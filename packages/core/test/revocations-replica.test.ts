import { describe, expect, it } from 'vitest'
import type { Store } from '../src/store/contract.ts'
import { NOW, caller, createNode, createTestServer, session, subject, token } from './revocations-support.ts'

const LOG = 'sallyport.revocations'
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' } }

describe('a node that starts', () => {
  it('is loading until it has the whole list, however long that is', async () => {
    const server = createTestServer()
    const { list: old } = createNode(server)
    await Promise.all(Array.from({ length: 2500 }, (_, i) => old.revoke(token(`jti-${String(i)}`))))
    const { list } = createNode(server)
    expect(list.state).toBe('loading')
    await list.ready()
    expect(list.state).toBe('current')
    for (const i of [0, 999, 1000, 2499]) expect(list.find(caller({ jti: `jti-${String(i)}` }))).toBeDefined()
  })

  it('does not become ready on a store that cannot be read, and does so by itself once it can', async () => {
    const server = createTestServer()
    await createNode(server).list.revoke(token('jti-1'))
    server.state = 'down'
    const { list, health } = createNode(server)
    await expect(list.ready()).rejects.toMatchObject(unavailable)
    await expect(list.ready()).rejects.toMatchObject(unavailable)
    expect([list.state, health]).toEqual(['loading', [false]])
    server.state = 'up'
    await server.clock.advance(1000)
    await list.ready()
    expect(list.find(caller())).toBeDefined()
    expect([list.state, health]).toEqual(['current', [false, true]])
  })

  it('does not repeat the store’s words', async () => {
    const server = createTestServer()
    server.state = 'down'
    const refused = await createNode(server)
      .list.ready()
      .catch((error: unknown) => error as Error)
    expect(String((refused as Error).stack)).not.toContain('connection refused')
  })
})

describe('a list that takes long to load', () => {
  it('is current when it is loaded: its age is that of its last page', async () => {
    const server = createTestServer()
    const { list: old } = createNode(server)
    await Promise.all(Array.from({ length: 4500 }, (_, i) => old.revoke(token(`jti-${String(i)}`))))
    const slow: Store['readSince'] = async (...given) => {
      await new Promise((resolve) => void server.clock.after(4000, () => resolve(undefined)))
      return server.store.readSince(...given)
    }
    const { list } = createNode(server, { store: { ...server.store, readSince: slow } })
    const ready = list.ready()
    await server.clock.advance(20_000)
    await ready
    expect(list.state).toBe('current')
  })
})

describe('news from another node', () => {
  it('comes with a hint, before any poll', async () => {
    const server = createTestServer()
    const [one, two] = [createNode(server), createNode(server)]
    await Promise.all([one.list.ready(), two.list.ready()])
    await server.clock.advance(0)
    await one.list.revoke(session('sid-1'))
    await server.clock.advance(0)
    expect(two.list.find(caller())).toEqual(session('sid-1'))
    expect(two.list.version).toBe(1)
  })

  it('comes at once also when it came between the first reading and the subscription', async () => {
    const server = createTestServer()
    const one = createNode(server)
    await one.list.ready()
    let subscribed = (): void => undefined
    const waiting = new Promise<void>((resolve) => (subscribed = resolve))
    const subscribe: Store['subscribe'] = async (...given) => {
      await waiting
      return server.store.subscribe(...given)
    }
    const two = createNode(server, { store: { ...server.store, subscribe } })
    await two.list.ready()
    await one.list.revoke(session('sid-1'))
    await server.clock.advance(10)
    expect(two.list.find(caller())).toBeUndefined()
    subscribed()
    await server.clock.advance(10)
    expect(two.list.find(caller())).toBeDefined()
  })

  it('comes within the poll interval when every hint is lost', async () => {
    const server = createTestServer()
    const [one, two] = [createNode(server), createNode(server)]
    await Promise.all([one.list.ready(), two.list.ready()])
    server.state = 'deaf'
    await one.list.revoke(session('sid-1'))
    await server.clock.advance(0)
    expect(two.list.find(caller())).toBeUndefined()
    await server.clock.advance(1000)
    expect(two.list.find(caller())).toBeDefined()
  })

  it('is not missed when its hint comes while a reading is under way', async () => {
    const server = createTestServer()
    const slow: Store['readSince'] = async (...given) => {
      const page = await server.store.readSince(...given)
      await new Promise((resolve) => void server.clock.after(100, () => resolve(undefined)))
      return page
    }
    const { list } = createNode(server, { store: { ...server.store, readSince: slow } })
    const ready = list.ready()
    await server.clock.advance(100)
    await ready
    await createNode(server).list.revoke(token('first'))
    await server.clock.advance(50)
    await createNode(server).list.revoke(token('second'))
    await server.clock.advance(150)
    expect(list.find(caller({ jti: 'second' }))).toBeDefined()
  })
})

describe('a store that fails', () => {
  it('makes the list stale after a while and current again by itself; both are told once', async () => {
    const server = createTestServer()
    const { list, health } = createNode(server)
    await list.revoke(token('jti-1'))
    await list.ready()
    server.state = 'down'
    await server.clock.advance(9000)
    expect([list.state, health]).toEqual(['current', []])
    await server.clock.advance(3000)
    expect([list.state, health]).toEqual(['stale', [false]])
    await expect(list.ready()).rejects.toMatchObject(unavailable)
    expect(list.find(caller()), 'what is known stays in force').toBeDefined()
    await server.clock.advance(60_000)
    server.state = 'up'
    await server.clock.advance(1000)
    expect([list.state, health]).toEqual(['current', [false, true]])
    await list.ready()
  })

  it('is asked again quickly at first, then less often', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    server.state = 'down'
    await server.clock.advance(1000)
    server.reads = 0
    await server.clock.advance(700)
    expect(server.reads).toBe(3)
    server.reads = 0
    await server.clock.advance(75_000)
    expect(server.reads).toBe(300)
  })

  it('is not asked once more for each request that finds the list stale', async () => {
    const server = createTestServer()
    server.state = 'down'
    const { list } = createNode(server)
    await list.ready().catch(() => undefined)
    server.reads = 0
    await Promise.allSettled(Array.from({ length: 100 }, () => list.ready()))
    expect(server.reads).toBe(0)
  })

  it('does not stop the polling by never answering', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    server.state = 'hung'
    await server.clock.advance(15_000)
    expect(list.state).toBe('stale')
    server.state = 'up'
    await server.clock.advance(11_000)
    expect(list.state).toBe('current')
  })

  it('does not keep this node from refusing what it was told to revoke', async () => {
    const server = createTestServer()
    const { list, recorded } = createNode(server)
    await list.ready()
    server.state = 'down'
    await expect(list.revoke(token('jti-1'))).rejects.toMatchObject(unavailable)
    expect(list.find(caller())).toEqual(token('jti-1'))
    expect(recorded).toEqual([])
    server.state = 'up'
    await list.revoke(token('jti-1'))
    expect(recorded).toEqual([token('jti-1')])
    const { list: other } = createNode(server)
    await other.ready()
    expect(other.find(caller())).toBeDefined()
  })

  it('may refuse hints only: then the poll brings the news, and hints are asked for again', async () => {
    const server = createTestServer()
    let refused = 0
    const store = { ...server.store, subscribe: () => (refused++, Promise.reject(new Error('no subscriptions'))) }
    const { list } = createNode(server, { store })
    await list.ready()
    await createNode(server).list.revoke(token('jti-1'))
    await server.clock.advance(2000)
    expect(list.find(caller())).toBeDefined()
    expect(refused).toBeGreaterThan(1)
  })
})

describe('a list that is asked at a time', () => {
  it('is current then if its state is, in both directions, and never once it is closed', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    expect(list.isCurrent(server.clock.now())).toBe(false)
    await list.ready()
    const read = server.clock.now()
    for (const [offset, current] of [
      [0, true],
      [9000, true],
      [3_600_000, false],
      [-1, false],
    ] as const) {
      expect([offset, list.isCurrent(read + offset)]).toEqual([offset, current])
      server.clock.set(read + offset)
      expect([offset, list.state === 'current']).toEqual([offset, current])
    }
    server.clock.set(read)
    list.close()
    expect(list.isCurrent(read)).toBe(false)
  })
})

describe('a clock that jumps', () => {
  it('forwards makes the list stale until it is read, at once when it is asked for', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    server.clock.set((NOW + 3600) * 1000)
    expect(list.state).toBe('stale')
    await list.ready()
    expect(list.state).toBe('current')
  })

  it('backwards does not make an old list current', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    server.clock.set((NOW - 3600) * 1000)
    expect(list.state).toBe('stale')
    await server.clock.advance(1000)
    expect(list.state).toBe('current')
  })
})

describe('a record that this version cannot read', () => {
  const records: Readonly<Record<string, Uint8Array>> = {
    nothing: new Uint8Array(),
    'no text': Uint8Array.of(0xff, 0xfe, 0x00),
    'no JSON': Buffer.from('{"v":1,'),
    null: Buffer.from('null'),
    'a later form': json({ v: 2, ...token('jti-1') }),
    'no form': json(token('jti-1')),
    'a kind of its own': json({ v: 1, kind: 'everything' }),
    'no expiry': json({ v: 1, ...token('x'), expiresAt: undefined }),
    'a text for a time': json({ v: 1, ...subject('x'), notAfter: '5' }),
    'a list for an id': json({ v: 1, ...token('x'), id: ['a'] }),
    'a loss of nothing': json({ v: 1, kind: 'loss' }),
  }
  for (const [name, record] of Object.entries(records)) {
    it(`(${name}) is neither skipped nor a crash: the list is stale while it is there`, async () => {
      const server = createTestServer()
      const { list, health } = createNode(server)
      await list.ready()
      await server.inner.append(LOG, record, { ttl: 60_000 })
      await createNode(server).list.revoke(session('sid-1'))
      await server.clock.advance(2000)
      expect([list.state, health]).toEqual(['stale', [false]])
      await expect(list.ready()).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('Record 1 ') as string,
      })
      expect(list.find(caller()), 'what follows it is in force').toBeDefined()
      await server.clock.advance(60_000)
      expect([list.state, health]).toEqual(['current', [false, true]])
      await list.ready()
    })
  }

  it('keeps a node that starts from becoming ready', async () => {
    const server = createTestServer()
    await server.inner.append(LOG, Buffer.from('?'), { ttl: 60_000 })
    const { list } = createNode(server)
    await expect(list.ready()).rejects.toMatchObject(unavailable)
    expect(list.state).toBe('stale')
  })

  it('is not one that merely says more than this version knows', async () => {
    const server = createTestServer()
    await server.inner.append(LOG, json({ v: 1, ...token('jti-1'), by: 'a later version' }), { ttl: 60_000 })
    const { list } = createNode(server)
    await list.ready()
    expect(list.find(caller())).toEqual(token('jti-1'))
  })
})

describe('a closed list', () => {
  it('asks no more, takes no more, and still refuses what it knows', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.revoke(token('jti-1'))
    await list.ready()
    list.close()
    list.close()
    server.reads = 0
    await createNode({ ...server, reads: 0 }).list.revoke(token('jti-2'))
    const before = server.reads
    await server.clock.advance(0)
    expect(list.state).toBe('stale')
    expect(list.find(caller())).toBeDefined()
    expect(list.find(caller({ jti: 'jti-2' }))).toBeUndefined()
    await expect(list.ready()).rejects.toMatchObject({ code: 'ERR_ENVIRONMENT_CLOSED', status: 503 })
    await expect(list.revoke(token('jti-3'))).rejects.toMatchObject({ code: 'ERR_ENVIRONMENT_CLOSED' })
    // The other node reads, and reads once more when it is subscribed.
    expect(server.reads - before).toBeLessThanOrEqual(2)
  })
})

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}
