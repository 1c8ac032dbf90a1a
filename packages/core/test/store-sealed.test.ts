import { randomBytes } from 'node:crypto'
import {
  createEnvironment,
  createKeyRing,
  createMemoryStore,
  sealedStore,
  type KeyRing,
  type Store,
} from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environment } from './support.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

const old = { id: '2026-01', key: randomBytes(32) }
const next = { id: '2026-04', key: randomBytes(32) }
const key = { partition: 'sessions', id: 'sid-1' }
const ttl = 60_000

/** Writes `value` under the one key. */
async function write(store: Store, value: string): Promise<void> {
  expect(await store.commit(key.partition, [{ put: key.id, value: bytes(value), ttl, owner: 'ada' }])).toMatchObject({
    ok: true,
  })
}

describe('what the server of a sealed store holds', () => {
  it('shows no value and no record, and all names', async () => {
    const server = createMemoryStore()
    const store = sealedStore(server, { keyRing: createKeyRing({ keys: [old] }) })
    await write(store, 'a secret value')
    await store.append('news', bytes('a secret record'), { ttl })
    const held = [
      (await server.get(key))!.value,
      (await server.listOwned('sessions', 'ada'))[0]!.value,
      (await server.readSince('news', 0)).records[0]!.value,
    ].map((value) => Buffer.from(value).toString('latin1'))
    for (const value of held) {
      expect(value).toContain('2026-01')
      expect(value).not.toContain('secret')
    }
    expect(text((await store.get(key))?.value)).toBe('a secret value')
    expect(text((await store.readSince('news', 0)).records[0]?.value)).toBe('a secret record')
  })

  it('is as large as the value and 50 bytes with the length of the key’s name', async () => {
    const server = createMemoryStore()
    const store = sealedStore(server, { keyRing: createKeyRing({ keys: [old] }) })
    await write(store, 'x'.repeat(1000))
    expect((await server.get(key))!.value).toHaveLength(1000 + 50 + old.id.length)
  })
})

describe('the keys of a sealed store are rotated', () => {
  it('without an outage: what the old key sealed is opened, and sealed anew when it is next written', async () => {
    const server = createMemoryStore()
    const at = (...keys: (typeof old)[]) => sealedStore(server, { keyRing: createKeyRing({ keys }) })
    await write(at(old), 'v1')
    // Every node can open what the new key seals before any of them seals with it.
    expect(text((await at(old, next).get(key))?.value)).toBe('v1')
    await write(at(next, old), 'v2')
    for (const node of [at(old, next), at(next, old), at(next)]) expect(text((await node.get(key))?.value)).toBe('v2')
  })

  it('and data keys after their time, also by nodes whose clocks disagree', async () => {
    const server = createMemoryStore()
    const clocks = [createTestClock(0), createTestClock(Date.UTC(2030, 0))]
    const nodes = clocks.map((clock) => sealedStore(server, { keyRing: createKeyRing({ keys: [old], clock }) }))
    for (const [i, node] of nodes.entries()) {
      await write(node, `by ${String(i)}`)
      await clocks[i]!.advance(91 * 86_400_000)
      for (const reader of nodes) expect(text((await reader.get(key))?.value)).toBe(`by ${String(i)}`)
      await write(node, `again by ${String(i)}`)
      for (const reader of nodes) expect(text((await reader.get(key))?.value)).toBe(`again by ${String(i)}`)
    }
  })
})

describe('a store that was not sealed before', () => {
  const scene = async () => {
    const server = createMemoryStore()
    await write(server, 'from before')
    await server.append('news', bytes('from before'), { ttl })
    return server
  }
  const keyRing = createKeyRing({ keys: [old] })

  it('is refused with what to do, never read as if it were empty', async () => {
    const store = sealedStore(await scene(), { keyRing })
    const refusal = {
      code: 'ERR_SEAL_BROKEN',
      status: 503,
      message: expect.stringContaining('`acceptPlain`') as string,
    }
    await expect(store.get(key)).rejects.toMatchObject(refusal)
    await expect(store.listOwned('sessions', 'ada')).rejects.toMatchObject(refusal)
    await expect(store.readSince('news', 0)).rejects.toMatchObject(refusal)
  })

  it('is read with `acceptPlain`, and sealed as it is written', async () => {
    const server = await scene()
    const store = sealedStore(server, { keyRing, acceptPlain: true })
    expect(text((await store.get(key))?.value)).toBe('from before')
    expect((await store.listOwned('sessions', 'ada')).map(({ value }) => text(value))).toEqual(['from before'])
    const entry = await store.get(key)
    await store.commit('sessions', [{ put: 'sid-1', value: bytes('renewed'), ttl, if: { version: entry!.version } }])
    await store.append('news', bytes('sealed'), { ttl })
    expect((await store.readSince('news', 0)).records.map(({ value }) => text(value))).toEqual([
      'from before',
      'sealed',
    ])
    const strict = sealedStore(server, { keyRing })
    expect(text((await strict.get(key))?.value)).toBe('renewed')
  })
})

describe('an environment with a key ring', () => {
  it('seals all that it stores, revocations included, and shares the ring', async () => {
    const server = createMemoryStore()
    const keyRing = createKeyRing({ keys: [old] })
    const env = environment({ store: server, keyRing })
    expect(env.keyRing).toBe(keyRing)
    expect(env.store.kind).toBe('memory')
    await write(env.store, 'a secret value')
    const expiresAt = Math.floor(Date.now() / 1000) + 60
    await env.revocations.revoke({ kind: 'session', issuer: 'local', id: 'sid-secret', expiresAt, reason: 'logout' })
    const raw = [(await server.get(key))!, ...(await server.readSince('sallyport.revocations', 0)).records]
    expect(raw).toHaveLength(2)
    for (const { value } of raw) expect(Buffer.from(value).toString('latin1')).not.toContain('secret')
    const other = environment({ store: { ...server, close: () => Promise.resolve() }, keyRing })
    await other.revocations.ready()
    const principal = { issuer: 'local', subject: 'ada', sid: 'sid-secret', roles: [], amr: [] }
    expect(other.revocations.find({ ...principal, credential: { kind: 'session', ambient: true } })).toBeDefined()
  })

  it('leaves a store alone that the app has sealed itself', async () => {
    const server = createMemoryStore()
    await write(server, 'from before')
    const keyRing = createKeyRing({ keys: [old] })
    const env = environment({ store: sealedStore(server, { keyRing, acceptPlain: true }), keyRing })
    expect(text((await env.store.get(key))?.value)).toBe('from before')
    await write(env.store, 'x')
    expect((await server.get(key))!.value).toHaveLength(1 + 50 + old.id.length)
  })

  it('has none where none was given, and stores values as they are', async () => {
    const server = createMemoryStore()
    const env = environment({ store: server })
    expect(env.keyRing).toBeUndefined()
    await write(env.store, 'plain')
    expect(text((await server.get(key))?.value)).toBe('plain')
  })

  it('counts the time of a key ring that asks a service to the deadline of the call', async () => {
    const clock = createTestClock()
    const keyRing: KeyRing = { seal: () => new Promise(() => undefined), open: () => new Promise(() => undefined) }
    const env = environment({ clock, keyRing })
    const written = env.store.commit('p', [{ put: 'k', value: bytes('v'), ttl }]).catch((error: unknown) => error)
    await clock.advance(250)
    expect(await written).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', status: 503 })
  })

  it('refuses a ring that is none', () => {
    expect(() => createEnvironment({ keyRing: {} as never })).toThrow('option `keyRing`')
    expect(() => createEnvironment({ keyRing: randomBytes(32) as never })).toThrow('such as createKeyRing({ keys })')
  })
})

describe('sealedStore', () => {
  it('refuses wrong options', () => {
    const store = createMemoryStore()
    onTestFinished(() => store.close())
    expect(() => sealedStore(store, {} as never)).toThrow('option `keyRing` was undefined')
    expect(() => sealedStore(store, { keyring: 1 } as never)).toThrow('did you mean `keyRing`')
    expect(() => sealedStore(store, { keyRing: createKeyRing({ keys: [old] }), acceptPlain: 'yes' as never })).toThrow(
      'option `acceptPlain`',
    )
  })

  it('names what a key ring throws by class and place only', async () => {
    const keyRing: KeyRing = {
      seal: () => Promise.reject(new TypeError('vault token hunter2 was refused')),
      open: () => new Uint8Array(),
    }
    const refusal: unknown = await write(sealedStore(createMemoryStore(), { keyRing }), 'v').catch((e: unknown) => e)
    expect(refusal).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', origin: { name: 'TypeError' } })
    expect(`${JSON.stringify(refusal)} ${(refusal as Error).stack ?? ''}`).not.toContain('hunter2')
  })

  it('writes nothing of a commit of which one value cannot be sealed', async () => {
    const server = createMemoryStore()
    const local = createKeyRing({ keys: [old] })
    let seals = 0
    const keyRing: KeyRing = {
      seal: (...given) => (++seals === 2 ? Promise.reject(new Error('busy')) : local.seal(...given)),
      open: (...given) => local.open(...given),
    }
    const changes = ['a', 'b', 'c'].map((put) => ({ put, value: bytes('v'), ttl }))
    await expect(sealedStore(server, { keyRing }).commit('p', changes)).rejects.toMatchObject({ status: 503 })
    for (const id of ['a', 'b', 'c']) expect(await server.get({ partition: 'p', id })).toBeUndefined()
  })
})
