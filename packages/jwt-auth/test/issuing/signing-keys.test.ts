import { createKeyRing } from '@sallyport/core'
import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import { jwtAuth } from '@sallyport/jwt-auth'
import { guarded } from '../support/app.ts'
import { acceptorOf, read } from './support/acceptor.ts'
import {
  alice,
  AUDIENCE,
  codeOf,
  DAY,
  HOUR,
  ISSUER,
  MINUTE,
  pass,
  SECOND,
  startNode,
  startNodes,
  type Node,
} from './support/nodes.ts'
import { recordsOf, watched } from './support/watched-store.ts'

const kids = async ({ issuer }: Node): Promise<readonly (string | undefined)[]> =>
  (await issuer.jwks()).keys.map(({ kid }) => kid)
const signs = async ({ issuer }: Node): Promise<string | undefined> =>
  read((await issuer.accessToken(alice)).accessToken).header.kid

const ring = () => createKeyRing({ keys: [{ id: 'k1', key: randomBytes(32) }] })

describe('signing', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('by %s is taken by jwtAuth', async (algorithm) => {
    const { issuer, env } = startNode({ algorithm })
    const { accessToken } = await issuer.accessToken(alice)
    const { keys } = await issuer.jwks()
    expect(read(accessToken).header).toEqual({ alg: algorithm, typ: 'at+jwt', kid: keys[0]!.kid })
    expect(keys).toMatchObject([{ alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(keys[0]!) }])
    expect((await (await acceptorOf(issuer, env)).ask(accessToken)).status).toBe(200)
  })

  it('by HS256 is taken by the one service that shares the secret, and publishes nothing', async () => {
    const secret = randomBytes(48)
    const { issuer, env } = startNode({ secret })
    const { accessToken } = await issuer.accessToken(alice)
    expect(read(accessToken).header).toEqual({ alg: 'HS256', typ: 'at+jwt' })
    expect(await issuer.jwks()).toEqual({ keys: [] })
    const { ask } = await guarded(jwtAuth({ issuer: ISSUER, audience: AUDIENCE, secret, env }))
    expect((await ask(accessToken)).status).toBe(200)
  })

  it('publishes nothing that is private', async () => {
    for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
      const { issuer } = startNode({ algorithm })
      const { keys } = await issuer.jwks()
      const members = Object.keys(keys[0]!)
      for (const one of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(members).not.toContain(one)
    }
  })
})

describe('the rotation of keys', () => {
  it('publishes a key before it signs, and keeps it until its last token has ended', async () => {
    const { node, clock } = startNodes()
    const one = node()
    const first = await signs(one)
    expect(await kids(one)).toEqual([first])
    // 90 days less the day ahead.
    pass(clock, 89 * DAY - SECOND)
    expect(await kids(one)).toEqual([first])
    pass(clock, SECOND)
    const both = await kids(one)
    expect(both).toEqual([first, expect.any(String) as string])
    const second = both[1]
    expect(await signs(one)).toBe(first)
    pass(clock, DAY - SECOND)
    expect(await signs(one)).toBe(first)
    const last = await one.issuer.login(alice)
    pass(clock, SECOND)
    expect(await signs(one)).toBe(second)
    expect(await kids(one)).toEqual(both)
    // While its last token is good, an acceptor that fetches the keys now takes it.
    pass(clock, 29 * MINUTE)
    expect((await (await acceptorOf(one.issuer, one.env)).ask(last.accessToken)).status).toBe(200)
    // The longest that it may have signed is a service's, of 8 days; clocks may differ by 5 minutes.
    pass(clock, 8 * DAY - 29 * MINUTE + 5 * MINUTE - SECOND)
    expect(await kids(one)).toEqual(both)
    pass(clock, SECOND)
    expect(await kids(one)).toEqual([second])
  })

  it('happens as long as the issuer lives', async () => {
    const { node, clock } = startNodes()
    const one = node({ rotation: { period: 7 * 86_400 } })
    const seen = new Set<string | undefined>()
    for (let day = 0; day < 70; day++) {
      const published = await kids(one)
      const kid = await signs(one)
      expect(published).toContain(kid)
      expect(published.length).toBeLessThanOrEqual(3)
      // Whoever fetched the keys a day ago knows the one that signs.
      if (day > 0) expect(seen).toContain(kid)
      for (const each of published) seen.add(each)
      pass(clock, DAY)
    }
    expect(seen.size).toBe(11)
  })

  it('is one for all nodes: they sign with the same key, and publish the same', async () => {
    const { node, clock } = startNodes()
    const nodes = [node(), node(), node()]
    for (let i = 0; i < 200; i++) {
      const turn = nodes[i % 3]!
      const kid = await signs(turn)
      const published = await Promise.all(nodes.map(kids))
      expect(new Set(published.map((each) => each.join()))).toHaveProperty('size', 1)
      expect(published[0]).toContain(kid)
      pass(clock, DAY)
    }
    expect(new Set((await Promise.all(nodes.map(signs))).values())).toHaveProperty('size', 1)
  })

  it('does not leave behind a node that was asleep', async () => {
    const { node, clock } = startNodes()
    const [awake, asleep] = [node(), node()]
    const old = await signs(asleep)
    for (let day = 0; day < 200; day++) {
      pass(clock, DAY)
      await kids(awake)
    }
    const kid = await signs(asleep)
    expect(kid).not.toBe(old)
    expect(await kids(awake)).toContain(kid)
    expect(await kids(asleep)).not.toContain(old)
  })

  it('waits, when all were asleep, until the new key has been published long enough', async () => {
    const { node, clock } = startNodes()
    const one = node()
    const first = await signs(one)
    pass(clock, 100 * DAY)
    expect(await signs(one)).toBe(first)
    const published = await kids(one)
    expect(published).toHaveLength(2)
    const late = await one.issuer.login(alice)
    pass(clock, DAY)
    expect(await signs(one)).toBe(published[1])
    // It signed beyond its time, and stays for what it signed then.
    pass(clock, 20 * MINUTE - DAY)
    expect((await (await acceptorOf(one.issuer, one.env)).ask(late.accessToken)).status).toBe(200)
    pass(clock, 8 * DAY)
    expect(await kids(one)).toContain(first)
  })

  it('keeps a key for tokens that last longer than any it was made for', async () => {
    const { node, clock } = startNodes()
    const short = node({ serviceTokens: { period: 3600, overlap: 3600 } })
    await signs(short)
    pass(clock, 90 * DAY - HOUR)
    await kids(short)
    const long = node({ serviceTokens: { period: 20 * 86_400, overlap: 5 * 86_400 } })
    const service = await long.issuer.serviceToken({ service: 'reports', scopes: ['orders:read'] }).current()
    for (let day = 0; day < 24; day++) {
      pass(clock, DAY)
      await signs(short)
    }
    expect(await kids(short)).toContain(read(service).header.kid)
    expect((await (await acceptorOf(short.issuer, short.env)).ask(service)).status).toBe(200)
  })

  it('takes up another algorithm as it takes up another key', async () => {
    const { node, clock } = startNodes()
    const before = node({ algorithm: 'RS256' })
    const old = await signs(before)
    const after = node({ algorithm: 'EdDSA' })
    expect(await signs(after)).toBe(old)
    const { keys } = await after.issuer.jwks()
    expect(keys.map(({ alg }) => alg)).toEqual(['RS256', 'EdDSA'])
    // Nodes that are not deployed yet do not outbid it.
    for (let i = 0; i < 5; i++) expect(await kids(before)).toHaveLength(2)
    pass(clock, DAY)
    expect(await signs(before)).toBe(keys[1]!.kid)
  })

  it('can be asked for, and published ahead like any other', async () => {
    const { node, clock } = startNodes()
    const one = node()
    const first = await signs(one)
    await one.issuer.rotateKeys()
    const [, second] = await kids(one)
    expect(await signs(one)).toBe(first)
    pass(clock, DAY)
    expect(await signs(one)).toBe(second)
  })

  it('withdraws a stolen key at once, on all nodes; logins go on', async () => {
    const { node } = startNodes()
    const [one, two] = [node(), node()]
    const tokens = await two.issuer.login(alice)
    await one.issuer.rotateKeys({ withdraw: true })
    expect(await kids(two)).not.toContain(read(tokens.accessToken).header.kid)
    expect(await two.issuer.introspect(tokens.accessToken)).toEqual({ active: false })
    const next = await two.issuer.refresh(tokens)
    expect((await (await acceptorOf(one.issuer, one.env)).ask(next.accessToken)).status).toBe(200)
    expect(one.events.of('signing-key.changed').map(({ detail }) => detail.change)).toEqual(['published', 'withdrawn'])
  })
})

describe('private keys at rest', () => {
  it('are sealed under the key ring', async () => {
    const { node, connect } = startNodes()
    const { store, written } = watched(connect())
    const { issuer } = node({ algorithm: 'RS256', keyRing: ring() }, { store })
    await issuer.accessToken(alice)
    const [record] = recordsOf(written, 'jwt-auth.issuer:')
    expect(record).toBeDefined()
    for (const word of ['"d"', '"p"', 'jwk', 'RS256']) expect(record).not.toContain(word)
  })

  it('are sealed under that of the environment where none is given', async () => {
    const { node, connect } = startNodes()
    const { store, written } = watched(connect())
    const { issuer } = node({}, { store, keyRing: ring() })
    await issuer.accessToken(alice)
    expect(recordsOf(written, 'jwt-auth.issuer:').join()).not.toContain('jwk')
  })

  it('do not go into a store outside the process without one, unless that is said by name', async () => {
    const { node, connect } = startNodes()
    const outside = () => ({ ...connect(), kind: 'redis' })
    expect(() => node({}, { store: outside() })).toThrow(/keyRing.*unsealedKeys: true/)
    expect(() => node({ unsealedKeys: true }, { store: outside() })).not.toThrow()
    expect(() => node({ keyRing: ring() }, { store: outside() })).not.toThrow()
    expect(() => node({ secret: randomBytes(32) }, { store: outside() })).not.toThrow()
  })

  it('are not replaced when they cannot be opened: that is an outage, and it says why', async () => {
    const { node } = startNodes()
    const keyRing = ring()
    const good = node({ keyRing })
    const tokens = await good.issuer.login(alice)
    const bad = node({ keyRing: ring() })
    await expect(bad.issuer.refresh(tokens)).rejects.toMatchObject({
      code: 'ERR_ISSUER_KEYS',
      status: 503,
      expose: false,
      message: expect.stringContaining('give the key ring that sealed them') as string,
    })
    expect(await codeOf(bad.issuer.jwks())).toBe('ERR_ISSUER_KEYS')
    // The refresh token was not spent on it.
    expect(await codeOf(good.issuer.refresh(tokens))).toBeUndefined()
  })

  it('can be sealed later', async () => {
    const { node } = startNodes()
    const before = node()
    const kid = await signs(before)
    const keyRing = ring()
    const during = node({ keyRing, unsealedKeys: true })
    expect(await signs(during)).toBe(kid)
    await during.issuer.rotateKeys()
    expect(await kids(node({ keyRing }))).toContain(kid)
  })
})
