import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createKeyRing, type Store } from '@sallyport/core'
import { makeTestKey, signWith } from '@sallyport/jwt-auth/testing'
import type { JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { acceptorOf, read } from './support/acceptor.ts'
import { alice, codeOf, DAY, HOUR, ISSUER, pass, startNode, startNodes } from './support/nodes.ts'

const partition = `jwt-auth.issuer:${ISSUER}`
const ring = () => createKeyRing({ keys: [{ id: 'k1', key: randomBytes(32) }] })
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What whoever can write to the store does with the record of the keys. */
async function rewrite(store: Store, change: (text: string) => string | Uint8Array): Promise<void> {
  const { value } = (await store.get({ partition, id: 'signing-keys' }))!
  const changed = change(Buffer.from(value).toString('latin1'))
  await store.commit(partition, [{ put: 'signing-keys', value: Buffer.from(changed as string), ttl: 1e9 }])
}

describe('a key put into the store by somebody else', () => {
  it('is not published, nor is any token of it taken', async () => {
    const { node, connect } = startNodes()
    const keyRing = ring()
    const { issuer } = node({ keyRing })
    await issuer.accessToken(alice)
    const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    const turn = { kid: 'evil', alg: 'ES256', signsFrom: 0, keptUntil: 9e9, jwk: mine }
    await rewrite(connect(), () => JSON.stringify({ v: 1, keys: [turn] }))
    expect(await codeOf(issuer.jwks())).toBe('ERR_ISSUER_KEYS')
    expect(await codeOf(issuer.login(alice))).toBe('ERR_ISSUER_KEYS')
    expect(await codeOf(node({ keyRing }).issuer.jwks())).toBe('ERR_ISSUER_KEYS')
  })

  it('is not taken from the record of another issuer, sealed under the same key ring', async () => {
    const { node, connect } = startNodes()
    const keyRing = ring()
    const { issuer } = node({ keyRing })
    await issuer.accessToken(alice)
    const other = node({ keyRing, issuer: 'https://other.example.com' })
    await other.issuer.accessToken(alice)
    const store = connect()
    const theirs = await store.get({ partition: 'jwt-auth.issuer:https://other.example.com', id: 'signing-keys' })
    await rewrite(store, () => theirs!.value)
    expect(await codeOf(issuer.jwks())).toBe('ERR_ISSUER_KEYS')
  })

  it.each<[string, (text: string) => string]>([
    ['changed by a bit', (text) => `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1)}`],
    ['cut', (text) => text.slice(0, 40)],
    ['emptied', () => ''],
    ['replaced by garbage', () => '\u0001garbage'],
  ])('does not come in with a record that was %s', async (_how, change) => {
    const { node, connect } = startNodes()
    const { issuer } = node({ keyRing: ring() })
    await issuer.accessToken(alice)
    const store = connect()
    const { value } = (await store.get({ partition, id: 'signing-keys' }))!
    const changed = Buffer.from(change(Buffer.from(value).toString('latin1')), 'latin1')
    await store.commit(partition, [{ put: 'signing-keys', value: changed, ttl: 1e9 }])
    expect(await codeOf(issuer.jwks())).toBe('ERR_ISSUER_KEYS')
  })

  it('does not come back when an old record does, once its time is over', async () => {
    const { node, connect, clock } = startNodes()
    const { issuer } = node({ keyRing: ring() })
    const stolen = read((await issuer.accessToken(alice)).accessToken).header.kid
    const store = connect()
    const { value } = (await store.get({ partition, id: 'signing-keys' }))!
    for (let day = 0; day < 120; day++) {
      pass(clock, DAY)
      await issuer.jwks()
    }
    await store.commit(partition, [{ put: 'signing-keys', value, ttl: 1e9 }])
    // The old key signs until another one has been published for a day; it gets no longer.
    await issuer.jwks()
    pass(clock, DAY)
    expect(read((await issuer.accessToken(alice)).accessToken).header.kid).not.toBe(stolen)
  })
})

describe('a token that the issuer did not sign', () => {
  it.each<[string, (jwk: JWK, token: string) => string | Promise<string>]>([
    [
      'but HS256 with the public key as the secret',
      (jwk, token) => {
        const spki = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
        const input = `${part({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })}.${token.split('.')[1]}`
        return `${input}.${createHmac('sha256', spki).update(input).digest('base64url')}`
      },
    ],
    ['but nobody', (_jwk, token) => `${part({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`],
    ['but a key of the same name', (jwk, token) => signWith(makeTestKey('ES256', jwk.kid!), read(token).claims)],
    [
      'but a key that it brings along',
      (_jwk, token) => {
        const mine = makeTestKey('ES256')
        return signWith(mine, read(token).claims, { jwk: mine.jwk })
      },
    ],
    [
      'with other claims',
      (_jwk, token) => {
        const [header, , signature] = token.split('.')
        return `${header}.${part({ ...read(token).claims, sub: 'root' })}.${signature}`
      },
    ],
    [
      'with zeros',
      (_jwk, token) => `${token.split('.').slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    ['spelt otherwise', (_jwk, token) => `${token}=`],
  ])('%s is neither introspected nor exchanged', async (_how, forge) => {
    const { issuer } = startNode({ exchange: () => ({ as: 'impersonation', audience: 'orders-api' }) })
    const { accessToken } = await issuer.accessToken(alice)
    const { keys } = await issuer.jwks()
    const forged = await forge(keys[0]!, accessToken)
    expect(await issuer.introspect(forged)).toEqual({ active: false })
    expect(await codeOf(issuer.exchange({ client: 'app', subjectToken: forged }))).toBe('ERR_ISSUER_REQUEST')
    expect((await issuer.introspect(accessToken)).active).toBe(true)
  })

  it('is not taken as an access token when it is another kind of token, signed with the same key', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { issuer } = startNode({
      privateKeys: [pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string],
    })
    const { accessToken } = await issuer.accessToken(alice)
    const { header, claims } = read(accessToken)
    const input = `${part({ ...header, typ: 'JWT' })}.${part(claims)}`
    const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
    expect(await issuer.introspect(`${input}.${signature.toString('base64url')}`)).toEqual({ active: false })
  })
})

describe('a clock that was set back', () => {
  it('brings no second set of keys, and none back that was withdrawn', async () => {
    const { node, clock } = startNodes()
    const { issuer, env } = node()
    const before = await issuer.accessToken(alice)
    await issuer.rotateKeys({ withdraw: true })
    pass(clock, -HOUR)
    const during = await issuer.accessToken(alice)
    expect(read(during.accessToken).header.kid).not.toBe(read(before.accessToken).header.kid)
    expect((await issuer.jwks()).keys).toHaveLength(1)
    expect((await (await acceptorOf(issuer, env)).ask(during.accessToken)).status).toBe(200)
  })
})
