import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, LONG, server, text } from './support.ts'

const postgres = server()
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503 }
const put = (id: string) => ({ put: id, value: bytes(id), ttl: LONG, owner: 'o' })

describe('a pool whose connections do not wait for an answer', () => {
  it('has what is asked for in one turn of the event loop sent together, up to eight on a connection', async () => {
    const pool = postgres.pool({ max: 4, pipeline: true })
    const store = postgres.store({ pool })
    await store.generation()
    let lent = 0
    pool.on('acquire', () => void lent++)
    await Promise.all(Array.from({ length: 8 }, (_, i) => store.commit('p', [put(`k${i}`)])))
    expect(lent).toBe(1)
    const found = await Promise.all(
      Array.from({ length: 24 }, (_, i) => store.get({ partition: 'p', id: `k${i % 8}` })),
    )
    expect(lent).toBe(4)
    expect(found.map((entry) => text(entry?.value))).toEqual(Array.from({ length: 24 }, (_, i) => `k${i % 8}`))
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it('has each call be a transaction of its own: one that is refused takes no other along', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 1, pipeline: true })
    const store = postgres.store({ schema, pool, timeout: 5000 })
    await store.commit('p', [put('fine')])
    await postgres.sql(`alter table ${schema}.counters add constraint small check (total < 10)`)
    const [before, refused, after] = await Promise.allSettled([
      store.commit('p', [put('before')]),
      store.increment({ partition: 'p', id: 'n' }, 10, { ttl: LONG }),
      store.commit('p', [put('after')]),
    ])
    expect(before).toMatchObject({ status: 'fulfilled', value: { ok: true } })
    expect(refused).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(after).toMatchObject({ status: 'fulfilled', value: { ok: true } })
    expect((await store.listOwned('p', 'o')).map(({ id }) => id)).toEqual(['after', 'before', 'fine'])
    expect(pool.totalCount).toBe(1)
  })

  it('has one of many that take the same code at once get it', async () => {
    const schema = postgres.schema()
    const stores = [1, 2].map(() =>
      postgres.store({ schema, pool: postgres.pool({ max: 2, pipeline: true }), timeout: 10_000 }),
    )
    await stores[0]!.commit('p', [put('code')])
    const taken = await Promise.all(
      Array.from({ length: 100 }, (_, i) => stores[i % 2]!.commit('p', [{ delete: 'code', if: 'present' }])),
    )
    expect(taken.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('refuses all that is on a connection that is ended, and is in use again at once', async () => {
    const schema = postgres.schema()
    const pool = postgres.pool({ max: 1, pipeline: true })
    const store = postgres.store({ schema, pool, timeout: 400 })
    await store.commit('p', [put('k')])
    const holder = await postgres.pool({ max: 1 }).connect()
    onTestFinished(() => holder.release(true))
    await holder.query('begin')
    await holder.query(`lock table ${schema}.entries in access exclusive mode`)
    const calls = await Promise.allSettled([
      store.commit('p', [put('k')]),
      store.commit('p', [put('l')]),
      store.get({ partition: 'p', id: 'k' }),
    ])
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
    await holder.query('rollback')
    await expect
      .poll(() => store.commit('p', [put('k')]).catch(() => undefined), { timeout: 10_000 })
      .toMatchObject({ ok: true })
  })
})
