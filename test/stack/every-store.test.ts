import { randomBytes } from 'node:crypto'
import {
  createEnvironment,
  createKeyRing,
  createRecall,
  sealedStore,
  type Environment,
  type Principal,
  type Revocation,
  type Store,
} from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { everyStore, type StoreHome } from './stores.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)
const ttl = 600_000
const keyRing = createKeyRing({ keys: [{ id: '2026-01', key: randomBytes(32) }] })
const principal = (sid: string): Principal => ({
  issuer: 'local',
  subject: 'ada',
  sid,
  roles: [],
  amr: [],
  credential: { kind: 'session', ambient: true },
})

function session(id: string): Revocation {
  // A fraction of a second, as clocks give them: stores count whole milliseconds.
  return { kind: 'session', issuer: 'local', id, expiresAt: Date.now() / 1000 + 600.0001, reason: 'logout' }
}

/** One node of an app, on a connection of its own. */
async function startNode(store: Store): Promise<Environment> {
  // Long enough for a machine that runs the whole suite at once; that it ends at all is tested elsewhere.
  const env = createEnvironment({ store, storeDeadline: 10_000 })
  onTestFinished(() => env.close())
  await env.revocations.ready()
  return env
}

describe.each(everyStore)('on the $name store', ({ serve }) => {
  let server: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server.stop())

  describe('encryption at rest', () => {
    const scene = async (): Promise<{ home: StoreHome; store: Store; server: Store }> => {
      const home = await server.home()
      const store = sealedStore(home.connect(), { keyRing })
      await store.commit('sessions', [
        { put: 'ada', value: bytes('a secret of ada'), ttl, owner: 'u' },
        { put: 'eve', value: bytes('a secret of eve'), ttl, owner: 'u' },
      ])
      await store.append('news', bytes('a secret record'), { ttl })
      return { home, store, server: home.connect() }
    }

    it('shows the server nothing, and another node everything', async () => {
      const { home, server } = await scene()
      const raw = [
        ...(await server.listOwned('sessions', 'u')).map(({ value }) => value),
        (await server.get({ partition: 'sessions', id: 'ada' }))!.value,
        (await server.readSince('news', 0)).records[0]!.value,
      ]
      expect(raw).toHaveLength(4)
      for (const value of raw) expect(Buffer.from(value).toString('latin1')).not.toContain('secret')
      const other = sealedStore(home.connect(), { keyRing })
      expect((await other.listOwned('sessions', 'u')).map(({ id, value }) => [id, text(value)])).toEqual([
        ['ada', 'a secret of ada'],
        ['eve', 'a secret of eve'],
      ])
      expect((await other.readSince('news', 0)).records.map(({ value }) => text(value))).toEqual(['a secret record'])
    })

    it('keeps compare-and-set, single use and large values', async () => {
      const { home, store } = await scene()
      const other = sealedStore(home.connect(), { keyRing })
      const key = { partition: 'sessions', id: 'ada' }
      const { version } = (await other.get(key))!
      const large = randomBytes(2_000_000)
      expect((await store.commit('sessions', [{ put: 'ada', value: large, ttl, if: { version } }])).ok).toBe(true)
      expect((await other.commit('sessions', [{ put: 'ada', value: bytes('late'), ttl, if: { version } }])).ok).toBe(
        false,
      )
      expect(Buffer.compare((await other.get(key))!.value, large)).toBe(0)
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? store : other).commit('sessions', [{ delete: 'eve', if: 'present' }]),
        ),
      )
      expect(taken.filter(({ ok }) => ok)).toHaveLength(1)
    })

    it('attack: values that change places on the server open nowhere', async () => {
      const { store, server } = await scene()
      const eve = (await server.get({ partition: 'sessions', id: 'eve' }))!.value
      await server.commit('sessions', [{ put: 'ada', value: eve, ttl }])
      await server.append('other', (await server.readSince('news', 0)).records[0]!.value, { ttl })
      const broken = { code: 'ERR_SEAL_BROKEN', status: 503 }
      await expect(store.get({ partition: 'sessions', id: 'ada' })).rejects.toMatchObject(broken)
      await expect(store.listOwned('sessions', 'u')).rejects.toMatchObject(broken)
      await expect(store.readSince('other', 0)).rejects.toMatchObject(broken)
    })
  })

  describe('revocations', () => {
    it('reach the other node, and one that starts later', async () => {
      const home = await server.home()
      const [here, there] = [await startNode(home.connect()), await startNode(home.connect())]
      const events = captureEvents(there)
      onTestFinished(() => events.stop())
      await here.revocations.revoke(session('s1'))
      expect(here.revocations.find(principal('s1'))).toBeDefined()
      await expect.poll(() => there.revocations.find(principal('s1')), { timeout: 10_000 }).toBeDefined()
      expect(events.of('revocation.recorded')).toHaveLength(1)
      const late = await startNode(home.connect())
      expect(late.revocations.find(principal('s1'))).toBeDefined()
      expect(late.revocations.find(principal('s2'))).toBeUndefined()
    })

    it('reach it by the poll, too, where no hint ever comes', async () => {
      const home = await server.home()
      const deaf: Store = { ...home.connect(), subscribe: () => Promise.resolve(() => undefined) }
      const [here, there] = [await startNode(home.connect()), await startNode(deaf)]
      await here.revocations.revoke(session('s1'))
      await expect.poll(() => there.revocations.find(principal('s1')), { timeout: 10_000 }).toBeDefined()
      await here.revocations.revoke(session('s2'))
      await expect.poll(() => there.revocations.find(principal('s2')), { timeout: 10_000 }).toBeDefined()
    })

    it('are all known before a node is ready, also when they are more than a page', async () => {
      const home = await server.home()
      const here = await startNode(home.connect())
      for (let i = 0; i < 1100; i += 100)
        await Promise.all(Array.from({ length: 100 }, (_, j) => here.revocations.revoke(session(`s${String(i + j)}`))))
      const late = await startNode(home.connect())
      const known = Array.from({ length: 1100 }, (_, i) => late.revocations.find(principal(`s${String(i)}`)))
      expect(known.filter((one) => one === undefined)).toEqual([])
      expect([here.revocations.state, late.revocations.state]).toEqual(['current', 'current'])
    })

    it('of which the store says nothing in time are in force on both nodes, and recorded until it does', async () => {
      const home = await server.home()
      const inner = home.connect()
      let silent = true
      const late: Store = {
        ...inner,
        async append(...given) {
          const index = await inner.append(...given)
          if (silent) await new Promise(() => undefined)
          return index
        },
      }
      const here = createEnvironment({ store: late, storeDeadline: 500 })
      onTestFinished(() => here.close())
      await here.revocations.ready()
      const events = captureEvents(here)
      onTestFinished(() => events.stop())
      const there = await startNode(home.connect())
      await expect(here.revocations.revoke(session('s1'))).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      expect(here.revocations.find(principal('s1'))).toBeDefined()
      await expect.poll(() => there.revocations.find(principal('s1')), { timeout: 10_000 }).toBeDefined()
      expect(events.of('revocation.recorded')).toEqual([])
      silent = false
      await expect.poll(() => events.of('revocation.recorded').length, { timeout: 10_000 }).toBe(1)
      expect(there.revocations.find(principal('s1'))).toBeDefined()
      expect(there.revocations.state).toBe('current')
    })
  })

  it('values are recalled when it fails, and not those that were deleted here', async () => {
    const home = await server.home()
    const inner = home.connect()
    let failing = false
    const store: Store = {
      ...inner,
      get: (key) => (failing ? Promise.reject(new Error('gone')) : inner.get(key)),
    }
    const env = await startNode(store)
    const recall = createRecall(env, { onStoreFailure: 'last-known-good' })
    for (const id of ['ada', 'bob']) await env.store.commit('sessions', [{ put: id, value: bytes(id), ttl }])
    for (const id of ['ada', 'bob']) expect((await recall.get({ partition: 'sessions', id })).state).toBe('fresh')
    await env.store.commit('sessions', [{ delete: 'bob' }])
    failing = true
    const { state, entry } = await recall.get({ partition: 'sessions', id: 'ada' })
    expect([state, text(entry?.value)]).toEqual(['remembered', 'ada'])
    await expect(recall.get({ partition: 'sessions', id: 'bob' })).rejects.toMatchObject({ status: 503 })
  })
})
