import type { Store } from '@sallyport/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { redisCommand, startRedis, type TestServer } from '../../../test/servers/index.ts'
import { bytes, LONG, put, read, storeOn, text, write } from './support/store.ts'

let server: TestServer
let store: Store
beforeEach(async () => {
  server = await startRedis()
  store = await storeOn(server.url)
})
afterEach(() => server.stop())

const refused = { code: 'ERR_STORE_UNAVAILABLE', status: 503, origin: { code: 'ERR_REDIS_FULL' } }

async function fill(): Promise<void> {
  await redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory', '1mb')
}

describe('a server whose memory is full', () => {
  it('takes no more, and gives what it has', async () => {
    await write(store, put('k', 'kept', { owner: 'o' }))
    await store.increment({ partition: 'p', id: 'n' }, 5, { ttl: LONG })
    await fill()
    await expect(write(store, put('l'))).rejects.toMatchObject(refused)
    await expect(store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })).rejects.toMatchObject(refused)
    expect(await read(store, 'k')).toBe('kept')
    expect(await store.listOwned('p', 'o')).toHaveLength(1)
    await redisCommand(server.port, 'CONFIG', 'SET', 'maxmemory', '0')
    expect(await store.increment({ partition: 'p', id: 'n' }, 1, { ttl: LONG })).toBe(6)
    expect(await read(store, 'l')).toBeUndefined()
  })

  it('does nothing by half: a rotation that cannot put does not delete', async () => {
    await write(store, put('old', 'session', { owner: 'o' }))
    await fill()
    const rotation = [{ delete: 'old', if: 'present' } as const, put('new', 'session', { owner: 'o' })]
    await expect(write(store, ...rotation)).rejects.toMatchObject(refused)
    expect(await read(store, 'old')).toBe('session')
    expect((await store.listOwned('p', 'o')).map(({ id }) => id)).toEqual(['old'])
  })

  it('signs out, and uses up a code', async () => {
    await write(store, put('session', 'v', { owner: 'o' }), put('code'))
    await fill()
    await write(store, { delete: 'session' })
    await write(store, { delete: 'code', if: 'present' })
    expect(await store.commit('p', [{ delete: 'code', if: 'present' }])).toEqual({ ok: false, failed: 0 })
    expect(await store.listOwned('p', 'o')).toEqual([])
  })

  it('revokes: who fills it must not thereby keep a session alive', async () => {
    await fill()
    expect(await store.append('log', bytes('revoked'), { ttl: LONG })).toBe(1)
    const { records } = await store.readSince('log', 0)
    expect(records.map(({ value }) => text(value))).toEqual(['revoked'])
  })
})
