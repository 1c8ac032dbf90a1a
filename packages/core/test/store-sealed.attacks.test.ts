import { randomBytes } from 'node:crypto'
import { createKeyRing, createMemoryStore, identify, sealedStore, type Store } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { bearer, environment, gate } from './support.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const broken = { code: 'ERR_SEAL_BROKEN', status: 503, headers: { 'retry-after': '5' }, expose: false }
const missing = { code: 'ERR_KEY_MISSING', status: 503, headers: { 'retry-after': '5' }, expose: false }
const ttl = 60_000

const master = { id: '2026-01', key: randomBytes(32) }
const keyRing = createKeyRing({ keys: [master] })

/** An app's store, and the server behind it to which the attacker can write. */
async function scene() {
  const server = createMemoryStore()
  onTestFinished(() => server.close())
  const store = sealedStore(server, { keyRing })
  await store.commit('sessions', [
    { put: 'ada', value: bytes('{"role":"clerk"}'), ttl, owner: 'u1' },
    { put: 'eve', value: bytes('{"role":"admin"}'), ttl, owner: 'u2' },
  ])
  await store.commit('codes', [{ put: 'ada', value: bytes('{"code":1}'), ttl }])
  await store.append('news', bytes('one'), { ttl })
  await store.append('other', bytes('two'), { ttl })
  const held = async (partition: string, id: string) => (await server.get({ partition, id }))!.value
  const plant = (partition: string, id: string, value: Uint8Array) =>
    server.commit(partition, [{ put: id, value, ttl, owner: 'u1' }])
  return { server, store, held, plant }
}

const ada = { partition: 'sessions', id: 'ada' }

describe('attack: who can write to the server', () => {
  it('puts another session’s value in the place of his own', async () => {
    const { store, held, plant } = await scene()
    await plant('sessions', 'ada', await held('sessions', 'eve'))
    await expect(store.get(ada)).rejects.toMatchObject(broken)
    await expect(store.listOwned('sessions', 'u1')).rejects.toMatchObject(broken)
  })

  it('puts a value of the same id from another partition there', async () => {
    const { store, held, plant } = await scene()
    await plant('sessions', 'ada', await held('codes', 'ada'))
    await expect(store.get(ada)).rejects.toMatchObject(broken)
  })

  it('moves a record to another log, a record to a value, a value to a log', async () => {
    const { server, store, held, plant } = await scene()
    const record = (await server.readSince('other', 0)).records[0]!.value
    await server.append('news', record, { ttl })
    await expect(store.readSince('news', 0)).rejects.toMatchObject(broken)
    await expect(store.readSince('news', 1)).rejects.toMatchObject(broken)
    await plant('sessions', 'ada', record)
    await expect(store.get(ada)).rejects.toMatchObject(broken)
    await server.append('third', await held('sessions', 'ada'), { ttl })
    await expect(store.readSince('third', 0)).rejects.toMatchObject(broken)
  })

  it('writes a plain value, an empty one, or one of his own key', async () => {
    const { store, plant } = await scene()
    const own = sealedStore(createMemoryStore(), {
      keyRing: createKeyRing({ keys: [{ id: '2026-01', key: randomBytes(32) }] }),
    })
    await own.commit('sessions', [{ put: 'ada', value: bytes('{"role":"admin"}'), ttl }])
    for (const value of [bytes('{"role":"admin"}'), new Uint8Array(), Uint8Array.of(0xf5, 0x53, 0x50, 0x01)]) {
      await plant('sessions', 'ada', value)
      await expect(store.get(ada)).rejects.toMatchObject(broken)
    }
  })

  it('changes any bit, or cuts the value anywhere', async () => {
    const { store, held, plant } = await scene()
    const value = Buffer.from(await held('sessions', 'ada'))
    for (let at = 0; at < value.length; at++) {
      const changed = Buffer.from(value)
      changed[at]! ^= 1 << (at % 8)
      await plant('sessions', 'ada', changed)
      await expect(store.get(ada), `byte ${String(at)}`).rejects.toMatchObject({ status: 503, expose: false })
      await plant('sessions', 'ada', value.subarray(0, at))
      await expect(store.get(ada), `cut at ${String(at)}`).rejects.toMatchObject(broken)
    }
  })

  it('cannot hide behind `acceptPlain` what is sealed and changed', async () => {
    const { server, held, plant } = await scene()
    const lenient = sealedStore(server, { keyRing, acceptPlain: true })
    await plant('sessions', 'ada', await held('sessions', 'eve'))
    await expect(lenient.get(ada)).rejects.toMatchObject(broken)
  })
})

describe('a key that was taken out of the ring too early', () => {
  const other = { id: '2026-04', key: randomBytes(32) }
  const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    get: (store) => store.get(ada),
    listOwned: (store) => store.listOwned('sessions', 'u1'),
    readSince: (store) => store.readSince('news', 0),
  }
  for (const [method, call] of Object.entries(calls)) {
    it(`is named by ${method}: what it sealed is not absent, and is there again with the key`, async () => {
      const { server } = await scene()
      const without = sealedStore(server, { keyRing: createKeyRing({ keys: [other] }) })
      await expect(call(without)).rejects.toMatchObject(missing)
      await expect(call(without)).rejects.toThrow("the key '2026-01', which is not in the key ring")
      await call(sealedStore(server, { keyRing: createKeyRing({ keys: [other, master] }) }))
    })
  }

  it('does not let a single-use entry be made twice', async () => {
    const { server } = await scene()
    const without = sealedStore(server, { keyRing: createKeyRing({ keys: [other] }) })
    const again = { put: 'ada', value: bytes('x'), ttl, if: 'absent' } as const
    expect(await without.commit('codes', [again])).toEqual({ ok: false, failed: 0 })
  })
})

describeHosts('attack: a value that was changed on the server', (host) => {
  it('is 503 with a reason for the operator and none for the client; the store counts as healthy', async () => {
    const server = createMemoryStore()
    const env = environment({ store: server, keyRing })
    const events = captureEvents(env)
    onTestFinished(() => events.stop())
    await env.store.commit('sessions', [{ put: 'ada', value: bytes('{"role":"clerk"}'), ttl }])
    await server.commit('sessions', [{ put: 'ada', value: bytes('{"role":"admin"}'), ttl }])
    let reached = false
    const app = await host.start({
      use: [identify(() => bearer('ada'), { env }), gate(env, async () => void (await env.store.get(ada)))],
      handler: () => {
        reached = true
        return {}
      },
    })
    const response = await app.fetch('/orders')
    expect([response.status, response.headers.get('retry-after'), reached]).toEqual([503, '5', false])
    const body = await response.text()
    expect(JSON.parse(body)).toMatchObject({ code: 'ERR_SEAL_BROKEN', status: 503 })
    expect(body).not.toMatch(/admin|clerk|ada|acceptPlain/)
    expect(events.of('gate.refused').map(({ detail }) => detail.code)).toEqual(['ERR_SEAL_BROKEN'])
    expect(events.of('health.changed')).toEqual([])
  })
})
