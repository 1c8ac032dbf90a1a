import { describe, expect, it } from 'vitest'
import { createRevocations } from '../src/revocation-list.ts'
import { REVOCATION_MARGIN, type Revocation } from '../src/revocations.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { NOW, caller, createNode, createTestServer, session, subject, token } from './revocations-support.ts'

async function node() {
  const server = createTestServer()
  const made = createNode(server)
  await made.list.ready()
  return { ...made, server, clock: server.clock }
}

describe('what a revocation hits', () => {
  it('is nothing, while nothing is revoked', async () => {
    const { list } = await node()
    expect(list.find(caller())).toBeUndefined()
    expect(list.version).toBe(0)
  })

  it('is a token, by issuer and jti', async () => {
    const { list } = await node()
    await list.revoke(token('jti-1'))
    expect(list.find(caller())).toEqual(token('jti-1'))
    expect(list.find(caller({ jti: 'jti-2' }))).toBeUndefined()
    expect(list.find(caller({ issuer: 'https://other.example' }))).toBeUndefined()
    expect(list.find(caller({ jti: 'other', sid: 'jti-1', subject: 'jti-1' }))).toBeUndefined()
  })

  it('is every credential of a session, by issuer and sid', async () => {
    const { list } = await node()
    await list.revoke(session('sid-1'))
    expect(list.find(caller({ jti: 'another' }))).toEqual(session('sid-1'))
    expect(list.find(caller({ sid: 'sid-2' }))).toBeUndefined()
    expect(list.find(caller({ issuer: 'https://other.example' }))).toBeUndefined()
    const { sid: _, ...without } = caller({ jti: 'sid-1' })
    expect(list.find(without)).toBeUndefined()
  })

  it('is what an account was issued before or in that second', async () => {
    const { list } = await node()
    await list.revoke(subject('alice'))
    for (const issuedAt of [0, NOW - 1, NOW, NOW + 0.999, Number.NaN]) {
      expect(list.find(caller({ issuedAt })), String(issuedAt)).toEqual(subject('alice'))
    }
    for (const issuedAt of [NOW + 1, NOW + 1000])
      expect(list.find(caller({ issuedAt })), String(issuedAt)).toBeUndefined()
    expect(list.find(caller({ subject: 'bob' }))).toBeUndefined()
    expect(list.find(caller({ issuer: 'https://other.example' }))).toBeUndefined()
  })

  it('is also what does not say when it was issued', async () => {
    const { list } = await node()
    await list.revoke(subject('alice'))
    expect(list.find(caller({ issuedAt: undefined }))).toEqual(subject('alice'))
  })

  it('is the account of one tenant: no tenant is none of them', async () => {
    const { list } = await node()
    await list.revoke(subject('no tenant'))
    await list.revoke(subject('empty', { tenant: '' }))
    await list.revoke(subject('named', { tenant: 'undefined' }))
    const hits = (name: string) =>
      [{}, { tenant: '' }, { tenant: 'undefined' }, { tenant: 'null' }].map(
        (tenant) => list.find(caller({ subject: name, ...tenant })) !== undefined,
      )
    expect(hits('no tenant')).toEqual([true, false, false, false])
    expect(hits('empty')).toEqual([false, true, false, false])
    expect(hits('named')).toEqual([false, false, true, false])
  })

  it('is who acts for somebody else, too, but not who acted before', async () => {
    const { list } = await node()
    await list.revoke(subject('support', { tenant: 'acme' }))
    await list.revoke(subject('robot'))
    await list.revoke(subject('robot', { issuer: 'https://other.example' }))
    expect(list.find(caller({ actor: { subject: 'robot' } }))).toEqual(subject('robot'))
    expect(list.find(caller({ tenant: 'acme', actor: { subject: 'support' } }))).toEqual(
      subject('support', { tenant: 'acme' }),
    )
    expect(list.find(caller({ actor: { issuer: 'https://other.example', subject: 'robot' } }))).toBeDefined()
    expect(list.find(caller({ actor: { issuer: 'https://third.example', subject: 'robot' } }))).toBeUndefined()
    expect(list.find(caller({ actor: { subject: 'service', actor: { subject: 'robot' } } }))).toBeUndefined()
  })

  it('is found whatever names are used', async () => {
    const { list } = await node()
    for (const name of ['__proto__', 'constructor', 'a\0b', 'é', '\u{1f511}', '\ud800']) {
      expect(list.find(caller({ jti: name, subject: name }))).toBeUndefined()
      await list.revoke(token(name))
      expect(list.find(caller({ jti: name }))).toEqual(token(name))
    }
    expect(list.find(caller({ jti: 'e\u0301' }))).toBeUndefined()
  })
})

describe('how long a revocation is in force', () => {
  it('is until what it revokes has ended, and the margin for leeway and clocks is over', async () => {
    const { list, clock } = await node()
    await list.revoke(token('jti-1', { expiresAt: NOW + 10 }))
    await clock.advance(10_000 + REVOCATION_MARGIN * 1000 - 1)
    expect(list.find(caller())).toBeDefined()
    await clock.advance(1)
    expect(list.find(caller())).toBeUndefined()
  })

  it('is not at all for what has ended by itself', async () => {
    const { list, server, recorded } = await node()
    await list.revoke(token('jti-1', { expiresAt: NOW - REVOCATION_MARGIN }))
    expect(list.find(caller())).toBeUndefined()
    expect((await server.inner.readSince('sallyport.revocations', 0)).last).toBe(0)
    expect(recorded).toEqual([])
    await list.revoke(token('jti-1', { expiresAt: NOW - REVOCATION_MARGIN + 1 }))
    expect(list.find(caller())).toBeDefined()
  })

  it('is the longest when a token is revoked twice', async () => {
    const { list, clock } = await node()
    await list.revoke(token('jti-1', { expiresAt: NOW + 1000 }))
    await list.revoke(token('jti-1', { expiresAt: NOW + 10, reason: 'again' }))
    await clock.advance((NOW + 999 + REVOCATION_MARGIN - NOW) * 1000)
    expect(list.find(caller())).toEqual(token('jti-1', { expiresAt: NOW + 1000 }))
  })

  it('is the widest of an account’s, in each respect', async () => {
    const { list } = await node()
    await list.revoke(subject('alice', { notAfter: NOW - 100, expiresAt: NOW + 5000, reason: 'first' }))
    await list.revoke(subject('alice', { notAfter: NOW, expiresAt: NOW + 10, reason: 'second' }))
    await list.revoke(subject('alice', { notAfter: NOW - 50, expiresAt: NOW + 20, reason: 'third' }))
    expect(list.find(caller())).toEqual(subject('alice', { notAfter: NOW, expiresAt: NOW + 5000, reason: 'second' }))
  })

  it('holds no entry for ever: what ended is gone while other entries stay', async () => {
    const { list, clock } = await node()
    for (let i = 0; i < 50; i++) await list.revoke(subject('alice', { tenant: `t${String(i)}`, expiresAt: NOW + 1 }))
    await list.revoke(session('stays'))
    await clock.advance((REVOCATION_MARGIN + 2) * 1000)
    expect(list.find(caller({ tenant: 't7' }))).toBeUndefined()
    expect(list.find(caller({ sid: 'stays' }))).toBeDefined()
  })
})

describe('the list tells', () => {
  it('its version and its listeners of every change, and of nothing else', async () => {
    const { list, clock } = await node()
    let calls = 0
    const cancel = list.onChange(() => void calls++)
    await list.revoke(token('jti-1'))
    expect([list.version, calls]).toEqual([1, 1])
    await list.revoke(token('jti-1'))
    await clock.advance(5000)
    expect([list.version, calls]).toEqual([1, 1])
    cancel()
    cancel()
    await list.revoke(token('jti-2'))
    expect([list.version, calls]).toEqual([2, 1])
  })

  it('of each recording once on this node, and once on the others, but not of what was there when it began', async () => {
    const { list, recorded, server, clock } = await node()
    const other = createNode(server)
    await other.list.ready()
    await list.revoke(token('jti-1'))
    await clock.advance(3000)
    expect(recorded).toEqual([token('jti-1')])
    expect(other.recorded).toEqual([token('jti-1')])
    const late = createNode(server)
    await late.list.ready()
    expect(late.list.find(caller())).toBeDefined()
    expect(late.recorded).toEqual([])
  })

  it('who revokes when the recording cannot be reported', async () => {
    const server = createTestServer()
    const { list } = createNode(server, { onRecorded: () => Promise.reject(new Error('the audit log is full')) })
    await expect(list.revoke(token('jti-1'))).rejects.toThrow('the audit log is full')
    expect(list.find(caller())).toBeDefined()
  })

  it('and goes on when a listener throws', async () => {
    const { list } = await node()
    let called = false
    list.onChange(() => {
      throw new Error('from a listener')
    })
    list.onChange(() => void (called = true))
    await list.revoke(token('jti-1'))
    expect(called).toBe(true)
  })
})

describe('revoke refuses', () => {
  const wrong: Readonly<Record<string, [unknown, string]>> = {
    'a kind that is none': [{ ...token('x'), kind: 'user' }, 'kind'],
    'a token without id': [{ ...token('x'), id: '' }, 'id'],
    'a session with a number for id': [{ ...session('x'), id: 5 }, 'id'],
    'an absent issuer': [{ ...token('x'), issuer: undefined }, 'issuer'],
    'an account without subject': [subject(''), 'subject'],
    'a tenant that is null': [{ ...subject('x'), tenant: null }, 'tenant'],
    'an end in milliseconds': [token('x', { expiresAt: NOW * 1000 }), 'expiresAt'],
    'an end that is no number': [token('x', { expiresAt: Number.NaN }), 'expiresAt'],
    'no end': [token('x', { expiresAt: Infinity }), 'expiresAt'],
    'an epoch in milliseconds': [subject('x', { notAfter: NOW * 1000 }), 'notAfter'],
    'an absent reason': [{ ...token('x'), reason: undefined }, 'reason'],
    'an endless id': [token('x'.repeat(5000)), 'id'],
  }
  for (const [name, [revocation, part]] of Object.entries(wrong)) {
    it(name, async () => {
      const { list, server } = await node()
      const refused = list.revoke(revocation as Revocation)
      await expect(refused).rejects.toMatchObject({ code: 'ERR_OPTION', status: 500 })
      await expect(refused).rejects.toThrow(`option \`${part}\``)
      expect((await server.inner.readSince('sallyport.revocations', 0)).last).toBe(0)
    })
  }

  it('and repeats no id in its error', async () => {
    const { list } = await node()
    await expect(list.revoke({ ...token('x'), id: ['secret-id'] } as never)).rejects.not.toThrow('secret-id')
  })

  it('to write down more than it was asked for', async () => {
    const { list, server } = await node()
    await list.revoke({ ...token('jti-1'), accessToken: 'hunter2' } as unknown as Revocation)
    const { records } = await server.inner.readSince('sallyport.revocations', 0)
    expect(Buffer.from(records[0]!.value).toString()).toBe(JSON.stringify({ v: 1, ...token('jti-1') }))
  })
})

describe('createRevocations', () => {
  it('refuses wrong options', () => {
    const store = createMemoryStore()
    expect(() => createRevocations({ store, pollIntervall: 5 } as never)).toThrow('did you mean `pollInterval`')
    expect(() => createRevocations({ store, pollInterval: 1000, maxStale: 1000 })).toThrow(
      'more than pollInterval (1000)',
    )
    expect(() => createRevocations({ store: {} as never })).toThrow('option `store`')
  })
})
