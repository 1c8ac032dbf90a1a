import { describe, expect, it } from 'vitest'
import { createTestClock } from '../src/testing/test-clock.ts'
import { NOW, caller, createNode, createTestServer, subject, token, type TestServer } from './revocations-support.ts'

/** Two minutes go by, then the server dies and comes back empty, then a poll goes by. */
async function loseAfterTwoMinutes(server: TestServer): Promise<void> {
  await server.clock.advance(120_000)
  server.lose()
  await server.clock.advance(1000)
}

/** A replica takes over that has only the first records of the log, and all else. */
async function failOver(server: TestServer, kept: number): Promise<void> {
  const { records, generation } = await server.inner.readSince('sallyport.revocations', 0)
  server.lose()
  for (const { value } of records.slice(0, kept))
    await server.inner.append('sallyport.revocations', value, { ttl: 3_600_000 })
  const readSince = server.store.readSince.bind(server.store)
  Object.assign(server.store, {
    readSince: async (...given: Parameters<typeof readSince>) => ({ ...(await readSince(...given)), generation }),
  })
}

describe('a store that has lost everything', () => {
  it('makes a living node refuse what was issued before, and take what is issued after', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    const { version } = list
    expect(list.epoch).toBeUndefined()
    await loseAfterTwoMinutes(server)
    expect(list.epoch).toBe(NOW + 120)
    expect(list.version).toBeGreaterThan(version)
    for (const issuedAt of [NOW - 60, NOW + 120, undefined]) {
      expect(list.find(caller({ issuedAt })), String(issuedAt)).toMatchObject({
        kind: 'subject',
        subject: 'alice',
        notAfter: NOW + 120,
      })
    }
    expect(list.find(caller({ issuedAt: NOW + 121 }))).toBeUndefined()
  })

  it('refuses every principal so, of every issuer and tenant', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    await loseAfterTwoMinutes(server)
    expect(list.find(caller({ issuer: 'https://other.example', tenant: 'acme', subject: 'bob' }))).toMatchObject({
      issuer: 'https://other.example',
      tenant: 'acme',
      subject: 'bob',
    })
  })

  it('takes nothing from what a living node knew', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.revoke(subject('alice', { notAfter: NOW + 500 }))
    await list.ready()
    await loseAfterTwoMinutes(server)
    expect(list.find(caller({ issuedAt: NOW + 400 }))).toEqual(subject('alice', { notAfter: NOW + 500 }))
    expect(list.find(caller({ issuedAt: NOW + 501 }))).toBeUndefined()
  })

  it('is read from its first record: what is revoked after the loss is not missed', async () => {
    const server = createTestServer()
    const [one, two] = [createNode(server), createNode(server)]
    for (let i = 0; i < 10; i++) await one.list.revoke(token(`old-${String(i)}`))
    await two.list.ready()
    await server.clock.advance(120_000)
    server.lose()
    await one.list.revoke(token('jti-1', { expiresAt: NOW + 9000 }))
    for (let i = 0; i < 20; i++) await one.list.revoke(token(`new-${String(i)}`))
    await server.clock.advance(1000)
    expect(two.list.find(caller({ issuedAt: NOW + 5000 }))).toMatchObject({ kind: 'token', id: 'jti-1' })
  })

  it('is told to nodes that start after it, which could not know', async () => {
    const server = createTestServer()
    const { list: witness } = createNode(server)
    await witness.ready()
    await loseAfterTwoMinutes(server)
    const { list } = createNode(server)
    await list.ready()
    expect(list.epoch).toBe(NOW + 120)
    expect(list.find(caller())).toBeDefined()
    expect(list.find(caller({ issuedAt: NOW + 121 }))).toBeUndefined()
  })

  it('is told to them also when the telling fails at first', async () => {
    const server = createTestServer()
    let full = true
    const append: typeof server.store.append = (...given) =>
      full ? Promise.reject(new Error('full')) : server.store.append(...given)
    const { list: witness } = createNode(server, { store: { ...server.store, append } })
    await witness.ready()
    await loseAfterTwoMinutes(server)
    expect(witness.state).toBe('current')
    full = false
    await server.clock.advance(1000)
    const { list } = createNode(server)
    await list.ready()
    expect(list.epoch).toBe(NOW + 120)
  })

  it('is written down once by nodes that see one another’s record', async () => {
    const server = createTestServer()
    const { list: one } = createNode(server)
    await one.ready()
    await server.clock.advance(500)
    const { list: two } = createNode(server)
    await two.ready()
    await server.clock.advance(60_000)
    server.lose()
    await server.clock.advance(5000)
    expect((await server.inner.readSince('sallyport.revocations', 0)).last).toBe(1)
    expect(two.epoch).toBe(one.epoch)
  })

  it('and whose clock runs ahead does not lock out who logs in now', async () => {
    const server = createTestServer()
    const ahead = createTestClock((NOW + 86_400) * 1000)
    const { list } = createNode(server)
    await list.ready()
    const store = createTestServer(ahead)
    Object.assign(server.store, {
      readSince: store.store.readSince,
      generation: store.store.generation,
      append: store.store.append,
    })
    await server.clock.advance(1000)
    expect(list.epoch).toBe(NOW + 1)
  })

  it('twice moves the second on, never back', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    await loseAfterTwoMinutes(server)
    await loseAfterTwoMinutes(server)
    expect(list.epoch).toBe(NOW + 241)
  })
})

describe('a store that was born', () => {
  it('before this node began refuses nothing: an app on the memory store may restart without logging everybody out', async () => {
    const server = createTestServer()
    await server.clock.advance(120_000)
    const { list } = createNode(server)
    await list.ready()
    expect(list.epoch).toBeUndefined()
    expect(list.find(caller())).toBeUndefined()
  })
})

describe('a store that has lost the end of its log', () => {
  it('is read anew, so that numbers which are given again are not taken for read', async () => {
    const server = createTestServer()
    const { list, recorded } = createNode(server)
    for (let i = 0; i < 5; i++) await list.revoke(token(`old-${String(i)}`))
    await list.ready()
    await server.clock.advance(0)
    const { id } = await server.inner.generation()
    server.lose()
    const readSince = server.store.readSince.bind(server.store)
    Object.assign(server.store, {
      readSince: async (...given: Parameters<typeof readSince>) => ({ ...(await readSince(...given)), generation: id }),
    })
    await server.inner.append('sallyport.revocations', Buffer.from(JSON.stringify({ v: 1, ...token('jti-1') })), {
      ttl: 60_000,
    })
    await server.clock.advance(1000)
    expect(list.find(caller())).toEqual(token('jti-1'))
    expect(list.find(caller({ jti: 'old-3' })), 'what this node knew stays').toBeDefined()
    expect(recorded.filter((one) => one.kind === 'token' && one.id === 'jti-1')).toHaveLength(1)
  })

  it('is read anew also when as many records have come since as were lost, or more', async () => {
    for (const since of [5, 6, 1200]) {
      const server = createTestServer()
      const { list } = createNode(server)
      for (let i = 0; i < 5; i++) await list.revoke(token(`old-${String(i)}`))
      await list.ready()
      await server.clock.advance(1000)
      await failOver(server, 3)
      const other = createNode(server)
      for (let i = 0; i < since - 3; i++) await other.list.revoke(token(`new-${String(i)}`))
      await server.clock.advance(1000)
      for (let i = 0; i < since - 3; i++) expect(list.find(caller({ jti: `new-${String(i)}` }))).toBeDefined()
      expect(list.find(caller({ jti: 'old-4' })), 'what this node knew stays').toBeDefined()
      expect(list.epoch, 'the store has not lost everything').toBeUndefined()
    }
  })

  it('is read anew also when the last of the new records has ended already', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    for (let i = 0; i < 5; i++) await list.revoke(token(`old-${String(i)}`))
    await list.ready()
    await server.clock.advance(1000)
    await failOver(server, 3)
    await createNode(server).list.revoke(token('jti-1'))
    await server.inner.append('sallyport.revocations', new Uint8Array(), { ttl: 1 })
    await server.clock.advance(1000)
    expect((await server.inner.readSince('sallyport.revocations', 3)).records.map(({ index }) => index)).toEqual([4])
    expect(list.find(caller())).toBeDefined()
  })

  it('is read anew also when what this node read last had ended before', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    for (let i = 0; i < 5; i++) await list.revoke(token(`old-${String(i)}`, { expiresAt: NOW + 1 }))
    await list.ready()
    await server.clock.advance(400_000)
    await failOver(server, 0)
    await createNode(server).list.revoke(token('jti-1'))
    await server.clock.advance(1000)
    expect(list.find(caller())).toBeDefined()
  })

  it('is not what a record means that has ended: the log is not read anew for that', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    for (let i = 0; i < 1500; i++) await list.revoke(token(`lasts-${String(i)}`, { expiresAt: NOW + 100_000 }))
    await list.revoke(token('ends', { expiresAt: NOW + 1 }))
    await list.ready()
    await server.clock.advance(1000)
    server.reads = 0
    await server.clock.advance(310_000)
    expect((await server.inner.readSince('sallyport.revocations', 1500)).records).toEqual([])
    expect(server.reads, 'once in a second').toBe(310)
    await createNode(server).list.revoke(token('jti-1', { expiresAt: NOW + 100_000 }))
    await server.clock.advance(1000)
    expect(list.find(caller())).toBeDefined()
  })

  it('does not set the node in a loop when it contradicts itself', async () => {
    const server = createTestServer()
    const { list } = createNode(server)
    await list.ready()
    let turn = 0
    const readSince = server.store.readSince.bind(server.store)
    Object.assign(server.store, {
      readSince: async (...given: Parameters<typeof readSince>) => ({
        ...(await readSince(...given)),
        generation: String(turn++),
      }),
    })
    await server.clock.advance(20_000)
    expect(list.state).toBe('stale')
    expect(turn).toBeLessThan(500)
  })
})
