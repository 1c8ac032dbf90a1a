import { randomBytes } from 'node:crypto'
import {
  coreError,
  createKeyRing,
  createMemoryStore,
  createRecall,
  type Environment,
  type EnvironmentOptions,
  type RecallOptions,
  type Store,
} from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, gate } from './support.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array): string => new TextDecoder().decode(value)
const MINUTE = 60_000

/** A server that can be lost, frozen, and replaced by an empty one. */
function createServer(clock = createTestClock()) {
  let inner = createMemoryStore({ clock })
  const through = <T>(work: () => Promise<T>): Promise<T> => {
    if (server.state === 'down') return Promise.reject(new Error('redis://:pw@10.0.0.1 is down'))
    return server.state === 'frozen' ? new Promise<never>(() => undefined) : work()
  }
  const store: Store = {
    ...inner,
    generation: () => through(() => inner.generation()),
    get: (key) => through(() => inner.get(key)),
    commit: (...given) => through(() => inner.commit(...given)),
    append: (...given) => through(() => inner.append(...given)),
    readSince: (...given) => through(() => inner.readSince(...given)),
  }
  const server = {
    clock,
    store,
    state: 'up' as 'up' | 'down' | 'frozen',
    get inner() {
      return inner
    },
    empty: () => void (inner = createMemoryStore({ clock })),
  }
  return server
}

function put(store: Store, id: string, value = `session of ${id}`) {
  return store.commit('sessions', [{ put: id, value: bytes(value), ttl: 60 * MINUTE }])
}

describeHosts('a gate that reads sessions while the store fails', (host) => {
  const start = async (options: RecallOptions, more: EnvironmentOptions = {}) => {
    const server = createServer()
    const env = environment({ store: server.store, clock: server.clock, ...more })
    const recall = createRecall(env, options)
    const app = await host.start({
      use: [
        gate(env, async (exchange) => {
          const { state, entry } = await recall.get({ partition: 'sessions', id: exchange.header('x-sid') ?? '' })
          if (state !== 'unknown' && entry === undefined) throw coreError('ERR_UNAUTHENTICATED')
        }),
      ],
    })
    const ask = async (sid: string): Promise<number> => {
      const response = await app.fetch('/orders', { headers: { 'x-sid': sid } })
      expect(await response.text()).not.toMatch(/redis|pw/)
      if (response.status === 503) expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      return response.status
    }
    await put(env.store, 'ada')
    await put(env.store, 'bob')
    return { server, env, ask }
  }

  it('closed, the default: 503 for everybody, and back with the store', async () => {
    const { server, ask } = await start({})
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
    server.state = 'down'
    expect([await ask('ada'), await ask('eve')]).toEqual([503, 503])
    server.state = 'up'
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })

  it('last-known-good: who was here lately stays, whoever is not known is 503', async () => {
    const { server, ask } = await start({ onStoreFailure: 'last-known-good' })
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
    server.state = 'down'
    expect([await ask('ada'), await ask('bob'), await ask('eve')]).toEqual([200, 503, 503])
    server.state = 'up'
    expect([await ask('ada'), await ask('bob'), await ask('eve')]).toEqual([200, 200, 401])
  })

  it('open, where the app says so by name: whoever is not known to be refused passes', async () => {
    const { server, ask } = await start({ onStoreFailure: 'open' })
    server.state = 'down'
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 200])
    server.state = 'up'
    expect([await ask('ada'), await ask('eve')]).toEqual([200, 401])
  })

  it('frozen: the answer comes at the deadline, later at once, and from memory', async () => {
    const server = createServer()
    const env = environment({ store: server.store, storeDeadline: 30 })
    const recall = createRecall(env, { onStoreFailure: 'last-known-good' })
    await put(env.store, 'ada')
    const app = await host.start({
      use: [
        gate(env, async () => {
          const { state, entry } = await recall.get({ partition: 'sessions', id: 'ada' })
          return { status: 200, body: `${state} ${entry ? text(entry.value) : ''}` }
        }),
      ],
    })
    const ask = async (): Promise<string> => (await app.fetch('/orders')).text()
    expect(await ask()).toBe('fresh session of ada')
    server.state = 'frozen'
    for (let i = 0; i < 10; i++) expect(await ask()).toBe('remembered session of ada')
  })

  it('attack: a session that this process ended in the failure comes not back from memory', async () => {
    const { server, env, ask } = await start({ onStoreFailure: 'last-known-good' })
    expect(await ask('ada')).toBe(200)
    server.state = 'down'
    await expect(env.store.commit('sessions', [{ delete: 'ada' }])).rejects.toMatchObject({ status: 503 })
    expect(await ask('ada')).toBe(503)
  })
})

async function scene(options: RecallOptions = { onStoreFailure: 'last-known-good' }, more: EnvironmentOptions = {}) {
  const server = createServer()
  const env: Environment = environment({ store: server.store, clock: server.clock, ...more })
  await env.revocations.ready()
  const recall = createRecall(env, options)
  const get = async (id: string): Promise<string> => {
    try {
      const { state, entry } = await recall.get({ partition: 'sessions', id })
      return `${state}: ${entry ? text(entry.value) : 'nothing'}`
    } catch (thrown) {
      return (thrown as { code: string }).code
    }
  }
  return { server, env, recall, get }
}

describe('what is remembered', () => {
  it('is what was read, with its version and age', async () => {
    const { server, env, recall } = await scene()
    await put(env.store, 'ada')
    const key = { partition: 'sessions', id: 'ada' }
    const fresh = await recall.get(key)
    await server.clock.advance(5000)
    server.state = 'down'
    expect(await recall.get(key)).toEqual({ state: 'remembered', entry: fresh.entry, age: 5000 })
  })

  it('is no older than `maxAge`, 5 minutes if nothing is said', async () => {
    for (const [options, limit] of [
      [{}, 5 * MINUTE],
      [{ maxAge: 1000 }, 1000],
    ] as const) {
      const { server, env, get } = await scene({ onStoreFailure: 'last-known-good', ...options })
      await put(env.store, 'ada')
      await get('ada')
      server.state = 'down'
      await server.clock.advance(limit)
      expect(await get('ada')).toBe('remembered: session of ada')
      await server.clock.advance(1)
      expect(await get('ada')).toBe('ERR_STORE_UNAVAILABLE')
    }
  })

  it('is not used when the machine’s clock was set back: nobody knows how old it is', async () => {
    const { server, env, get } = await scene()
    await put(env.store, 'ada')
    await get('ada')
    server.state = 'down'
    server.clock.set(server.clock.now() - 1)
    expect(await get('ada')).toBe('ERR_STORE_UNAVAILABLE')
  })

  it('is the caller’s own copy', async () => {
    const { server, env, recall, get } = await scene()
    await put(env.store, 'ada')
    const key = { partition: 'sessions', id: 'ada' }
    ;(await recall.get(key)).entry!.value.fill(0)
    server.state = 'down'
    ;(await recall.get(key)).entry!.value.fill(0)
    expect(await get('ada')).toBe('remembered: session of ada')
  })

  it('is told apart by partition and id', async () => {
    const { server, env, recall, get } = await scene()
    await env.store.commit('sessions1', [{ put: '1', value: bytes('another'), ttl: MINUTE }])
    await recall.get({ partition: 'sessions1', id: '1' })
    await put(env.store, '11')
    await get('11')
    server.state = 'down'
    expect(await get('11')).toBe('remembered: session of 11')
    expect(await get('1')).toBe('ERR_STORE_UNAVAILABLE')
  })

  it('is bounded in number: what was read longest ago leaves first', async () => {
    const { server, env, get } = await scene({ onStoreFailure: 'last-known-good', maxEntries: 3 })
    for (const id of ['a', 'b', 'c', 'd']) await put(env.store, id)
    for (const id of ['a', 'b', 'c', 'a', 'd']) await get(id)
    server.state = 'down'
    const states = await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => (await get(id)).split(':')[0]))
    expect(states).toEqual(['remembered', 'ERR_STORE_UNAVAILABLE', 'remembered', 'remembered'])
  })

  it('is bounded in bytes, and a value that is larger than that is not remembered', async () => {
    const { server, env, get } = await scene({ onStoreFailure: 'last-known-good', maxBytes: 10_000 })
    await put(env.store, 'small')
    await put(env.store, 'huge', 'x'.repeat(20_000))
    for (let i = 0; i < 20; i++) await put(env.store, `k${String(i)}`, 'x'.repeat(2000))
    for (let i = 0; i < 20; i++) await get(`k${String(i)}`)
    await get('small')
    await get('huge')
    server.state = 'down'
    expect(await get('small')).toBe('remembered: session of small')
    expect(await get('huge')).toBe('ERR_STORE_UNAVAILABLE')
    const kept = await Promise.all(Array.from({ length: 20 }, (_, i) => get(`k${String(i)}`)))
    expect(kept.filter((one) => one.startsWith('remembered'))).toHaveLength(4)
  })

  it('is nothing of what is not there: made-up ids push nobody out', async () => {
    const { server, env, get } = await scene({ onStoreFailure: 'last-known-good', maxEntries: 3 })
    await put(env.store, 'ada')
    await get('ada')
    for (let i = 0; i < 100; i++) await get(`made-up-${String(i)}`)
    server.state = 'down'
    expect(await get('ada')).toBe('remembered: session of ada')
    expect(await get('made-up-1')).toBe('ERR_STORE_UNAVAILABLE')
  })
})

describe('what is remembered is forgotten', () => {
  it('when this process deletes it, and becomes the new value when it is read anew', async () => {
    const { server, env, get } = await scene()
    for (const id of ['ada', 'bob']) await put(env.store, id)
    for (const id of ['ada', 'bob']) await get(id)
    await env.store.commit('sessions', [{ delete: 'ada' }, { put: 'bob', value: bytes('demoted'), ttl: MINUTE }])
    server.state = 'down'
    expect([await get('ada'), await get('bob')]).toEqual(['ERR_STORE_UNAVAILABLE', 'ERR_STORE_UNAVAILABLE'])
    server.state = 'up'
    await get('bob')
    server.state = 'down'
    expect(await get('bob')).toBe('remembered: demoted')
  })

  it('from the moment that this process tries to delete it', async () => {
    const { server, env, get } = await scene()
    await put(env.store, 'ada')
    await get('ada')
    server.state = 'frozen'
    const removal = env.store.commit('sessions', [{ delete: 'ada' }]).catch(() => undefined)
    server.state = 'down'
    expect(await get('ada')).toBe('ERR_STORE_UNAVAILABLE')
    await server.clock.advance(250)
    await removal
  })

  it('when the store says that it is not there', async () => {
    const { server, env, get } = await scene()
    await put(env.store, 'ada')
    await get('ada')
    // Another node ends the session.
    await server.inner.commit('sessions', [{ delete: 'ada' }])
    expect(await get('ada')).toBe('fresh: nothing')
    server.state = 'down'
    expect(await get('ada')).toBe('ERR_STORE_UNAVAILABLE')
  })

  it('when the store has lost everything', async () => {
    const { server, env, get } = await scene()
    await put(env.store, 'ada')
    await get('ada')
    await server.clock.advance(2000)
    server.empty()
    await server.clock.advance(2000)
    expect(env.revocations.epoch).toBeDefined()
    server.state = 'down'
    expect(await get('ada')).toBe('ERR_STORE_UNAVAILABLE')
  })

  it('not when somebody else is revoked', async () => {
    const { server, env, get } = await scene()
    await put(env.store, 'ada')
    await get('ada')
    const expiresAt = server.clock.now() / 1000 + 60
    await env.revocations.revoke({ kind: 'session', issuer: 'local', id: 'bob', expiresAt, reason: 'logout' })
    server.state = 'down'
    expect(await get('ada')).toBe('remembered: session of ada')
  })

  it('with the environment: a closed one answers from no memory', async () => {
    for (const onStoreFailure of ['open', 'last-known-good'] as const) {
      const { env, get } = await scene({ onStoreFailure })
      await put(env.store, 'ada')
      await get('ada')
      await env.close()
      expect(await get('ada')).toBe('ERR_ENVIRONMENT_CLOSED')
    }
  })
})

describe('attack: a read that was under way when the entry was changed', () => {
  const key = { partition: 'sessions', id: 'ada' }

  /** The server reads an entry at once; its answers come when the test says so, in any order. */
  async function slowScene() {
    const answers: (() => void)[] = []
    const server = createServer()
    const { get, commit } = server.store
    let arrived = Promise.resolve()
    await put(server.inner, 'ada', 'admin')
    const store: Store = {
      ...server.store,
      async get(asked) {
        const entry = await get(asked)
        await new Promise<void>((resolve) => answers.push(resolve))
        return entry
      },
      async commit(...given) {
        await arrived
        return commit(...given)
      },
    }
    const slowCommits = () => {
      let arrive = (): void => undefined
      arrived = new Promise((resolve) => (arrive = resolve))
      return () => arrive()
    }
    const env = environment({ store, clock: server.clock })
    const recall = createRecall(env, { onStoreFailure: 'last-known-good' })
    const begin = async () => {
      const read = recall.get(key)
      await server.clock.advance(0)
      return { read }
    }
    return { server, env, recall, answers, begin, slowCommits }
  }

  it('deleted after it was read leaves nothing behind', async () => {
    const { server, env, recall, answers, begin } = await slowScene()
    const { read } = await begin()
    await env.store.commit('sessions', [{ delete: 'ada' }])
    answers[0]!()
    expect((await read).entry).toBeDefined()
    server.state = 'down'
    await expect(recall.get(key)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
  })

  it('read while its delete was under way leaves nothing behind', async () => {
    const { server, env, recall, answers, begin, slowCommits } = await slowScene()
    const arrive = slowCommits()
    const removal = env.store.commit('sessions', [{ delete: 'ada' }])
    // The delete has not reached the server: the entry is there to be read, and its reading ends first.
    const { read } = await begin()
    answers[0]!()
    expect((await read).entry).toBeDefined()
    arrive()
    await removal
    server.state = 'down'
    await expect(recall.get(key)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
  })

  it('overtaken by a later one does not bring the older state back', async () => {
    const { server, recall, answers, begin } = await slowScene()
    const first = await begin()
    await put(server.inner, 'ada', 'clerk')
    const second = await begin()
    answers[1]!()
    await second.read
    answers[0]!()
    await first.read
    server.state = 'down'
    const { state, entry } = await recall.get(key)
    expect([state, entry && text(entry.value)]).toEqual(['remembered', 'clerk'])
  })
})

describe('only silence is bridged', () => {
  it('not a value that was tampered with, also where the app says open', async () => {
    for (const onStoreFailure of ['open', 'last-known-good'] as const) {
      const keyRing = createKeyRing({ keys: [{ id: 'a', key: randomBytes(32) }] })
      const { server, env, get } = await scene({ onStoreFailure }, { keyRing })
      await put(env.store, 'ada')
      expect(await get('ada')).toBe('fresh: session of ada')
      await put(server.inner, 'ada', '{"role":"admin"}')
      expect(await get('ada')).toBe('ERR_SEAL_BROKEN')
    }
  })

  it('not a wrong call', async () => {
    const { get } = await scene({ onStoreFailure: 'open' })
    expect(await get('\ud800')).toBe('ERR_OPTION')
  })
})

it('createRecall refuses wrong options', () => {
  const env = environment()
  for (const [options, message] of [
    [{ onStoreFailure: 'ignore' }, "accepted is 'closed' or 'open' or 'last-known-good'"],
    [{ onStoreFailures: 'open' }, 'did you mean `onStoreFailure`'],
    [{ maxEntries: 0 }, 'option `maxEntries` was 0'],
    [{ maxAge: Infinity }, 'option `maxAge` was Infinity'],
    [{ maxBytes: 1 }, 'option `maxBytes` was 1'],
  ] as const) {
    expect(() => createRecall(env, options as never)).toThrow(message)
  }
  expect(() => createRecall({} as never)).toThrow('option `environment`')
})
