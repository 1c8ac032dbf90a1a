import { createHash, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMemoryStore, type Store } from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { createDpopClient, makeTestKey, signWith, type ProofParts } from '@sallyport/jwt-auth/testing'
import { rawRequest } from '../../../../test/hosts/raw-request.ts'
import { express5Host } from '../../../../test/hosts/node-hosts.ts'
import { testEnvironment } from '../support/app.ts'
import { audience, dpopScene } from '../support/dpop-scene.ts'
import { part } from '../support/forge.ts'

const ath = (token: string): string => createHash('sha256').update(token).digest('base64url')

describe('a replayed proof', () => {
  it('is refused on another method, address and token as well', async () => {
    const { client, bound, ask, send, url } = await dpopScene()
    const [token, other] = [await bound(), await bound()]
    const headers = await client.headers({ url, token })
    expect((await send(headers)).status).toBe(200)
    expect((await send(headers, { method: 'DELETE' })).code).toBe('ERR_JWT_PROOF')
    expect((await send({ ...headers, authorization: `DPoP ${other}` })).code).toBe('ERR_JWT_PROOF')
    // Another proof under the same id.
    const jti = randomUUID()
    expect((await ask(token, { claims: { jti } })).status).toBe(200)
    expect((await ask(other, { claims: { jti } })).code).toBe('ERR_JWT_PROOF_REPLAYED')
  })

  it('sent a hundred times at once passes once, on several nodes', async () => {
    const { clock, issuer, client, bound } = await dpopScene()
    const store = createMemoryStore({ clock })
    const publicUrl = 'https://api.example.com'
    const nodes = await Promise.all(
      Array.from({ length: 4 }, () => {
        const env = testEnvironment({ clock, store })
        return express5Host.start({ use: [jwtAuth({ issuer: issuer.issuer, audience, dpop: { publicUrl }, env })] })
      }),
    )
    const headers = { ...(await client.headers({ url: `${publicUrl}/orders`, token: await bound() })) }
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => nodes[i % nodes.length]!.fetch('/orders', { headers })),
    )
    const passed = answers.filter(({ status }) => status === 200)
    expect([passed.length, answers.filter(({ status }) => status === 401).length]).toEqual([1, 99])
  })

  it('does not block somebody else’s under the same id', async () => {
    const { clock, issuer, bound, ask, send, url } = await dpopScene()
    const jti = 'guessable'
    expect((await ask(await bound(), { claims: { jti } })).status).toBe(200)
    const other = createDpopClient({ clock })
    const token = await issuer.token({ claims: { cnf: { jkt: other.jkt } } })
    expect((await send(await other.headers({ url, token, claims: { jti } }))).status).toBe(200)
  })

  it('is not made good by a store that is down', async () => {
    let down = false
    const inner = createMemoryStore()
    const store = new Proxy(inner, {
      get(target, name: keyof Store) {
        if (name !== 'commit') return Reflect.get(target, name)
        return (...args: Parameters<Store['commit']>) =>
          down ? Promise.reject(new Error('down')) : target.commit(...args)
      },
    })
    for (const [onStoreFailure, status] of [
      ['closed', 503],
      ['last-known-good', 503],
      ['open', 200],
    ] as const) {
      down = false
      const { bound, ask } = await dpopScene({ environment: { store }, more: { onStoreFailure } })
      const token = await bound()
      expect((await ask(token)).status).toBe(200)
      down = true
      expect((await ask(token)).status).toBe(status)
    }
  })
})

describe('a proof made for something else', () => {
  it.each<[string, Partial<ProofParts> | ((url: string) => Partial<ProofParts>)]>([
    ['another method', { method: 'POST' }],
    ['the method in lower case', { method: 'get' }],
    ['no method', { claims: { htm: undefined } }],
    ['several methods', { claims: { htm: ['GET', 'POST'] } }],
    ['another path', (url) => ({ url: `${url}/1` })],
    ['a path above', (url) => ({ url: url.replace('/orders', '/') })],
    ['another host', (url) => ({ url: url.replace('127.0.0.1', 'evil.test') })],
    ['another port', (url) => ({ url: url.replace(/:\d+/, ':1') })],
    ['another scheme', (url) => ({ url: url.replace('http:', 'https:') })],
    ['the path alone', { claims: { htu: '/orders' } }],
    ['no address', { claims: { htu: undefined } }],
    ['an address in a list', (url) => ({ claims: { htu: [url] } })],
    ['an address with a user', (url) => ({ claims: { htu: url.replace('http://', 'http://127.0.0.1@') } })],
    ['another token', { claims: { ath: ath('another token') } }],
    ['no token', { claims: { ath: undefined } }],
    ['the token itself', { claims: { ath: 'token' } }],
    ['no id', { claims: { jti: undefined } }],
    ['an empty id', { claims: { jti: '' } }],
    ['an id that is a number', { claims: { jti: 1 } }],
    ['no date', { claims: { iat: undefined } }],
    ['a date that is a string', { claims: { iat: '1767225600' } }],
    ['the past, by its own end', { claims: { exp: 1 } }],
    ['the future, by its own beginning', { claims: { nbf: 9e9 } }],
    ['an end that is no time', { claims: { exp: 'never' } }],
    ['no type', { header: { typ: undefined } }],
    ['the type of an access token', { header: { typ: 'at+jwt' } }],
    ['the type JWT', { header: { typ: 'JWT' } }],
    ['an extension', { header: { crit: ['exp'], exp: 1 } }],
    ['an unencoded payload', { header: { b64: false, crit: ['b64'] } }],
    ['no key', { header: { jwk: undefined } }],
    ['a key by its name', { header: { jwk: undefined, kid: 'k1' } }],
    ['a key that is a string', { header: { jwk: 'key' } }],
    ['a key that is null', { header: { jwk: null } }],
  ])('%s', async (_case, parts) => {
    const { bound, ask, url } = await dpopScene()
    const token = await bound()
    const answer = await ask(token, typeof parts === 'function' ? parts(url) : parts)
    expect(answer).toMatchObject({
      status: 401,
      code: 'ERR_JWT_PROOF',
      challenge: expect.stringMatching(/^DPoP realm="api", error="invalid_dpop_proof"/) as string,
    })
    expect((await ask(token)).status).toBe(200)
  })
})

describe('a proof with a key that is not the token’s', () => {
  it('one of the thief’s own', async () => {
    const { clock, bound, send, url } = await dpopScene()
    const thief = createDpopClient({ clock })
    const answer = await send(await thief.headers({ url, token: await bound() }))
    expect(answer).toMatchObject({ status: 401, code: 'ERR_JWT_BOUND' })
    expect(answer.challenge).toMatch(/^DPoP realm="api", error="invalid_token"/)
  })

  it('the owner’s in the header, and the thief’s signature', async () => {
    const { clock, client, bound, send, url } = await dpopScene()
    const thief = createDpopClient({ clock })
    const jwk = client.key.publicKey.export({ format: 'jwk' })
    const answer = await send(await thief.headers({ url, token: await bound(), header: { jwk } }))
    expect(answer.code).toBe('ERR_JWT_PROOF')
  })

  it('the private key in the header', async () => {
    const { client, bound, ask } = await dpopScene()
    const jwk = client.key.privateKey.export({ format: 'jwk' })
    expect((await ask(await bound(), { header: { jwk } })).code).toBe('ERR_JWT_PROOF')
  })

  it('the owner’s in another spelling', async () => {
    const { client, bound, ask } = await dpopScene()
    const jwk = client.key.publicKey.export({ format: 'jwk' })
    for (const other of [
      { ...jwk, x: `${jwk.x}=` },
      { ...jwk, x: jwk.x!.replaceAll('-', '+').replaceAll('_', '/').concat('=') },
    ]) {
      expect((await ask(await bound(), { header: { jwk: other } })).code).toBe('ERR_JWT_PROOF')
    }
  })

  it('a symmetric key in the header', async () => {
    const { issuer, send, url } = await dpopScene()
    const k = Buffer.alloc(32, 7)
    const jwk = { kty: 'oct', k: k.toString('base64url') }
    const jkt = createHash('sha256')
      .update(JSON.stringify({ k: jwk.k, kty: 'oct' }))
      .digest('base64url')
    const token = await issuer.token({ claims: { cnf: { jkt } } })
    const claims = { jti: 'j', htm: 'GET', htu: url, iat: Math.floor(Date.UTC(2026, 0, 1) / 1000), ath: ath(token) }
    for (const alg of ['HS256', 'none']) {
      const input = `${part({ typ: 'dpop+jwt', alg, jwk })}.${part(claims)}`
      const signature = alg === 'none' ? '' : createHmac('sha256', k).update(input).digest('base64url')
      expect((await send({ authorization: `DPoP ${token}`, dpop: `${input}.${signature}` })).code).toBe('ERR_JWT_PROOF')
    }
  })

  it('a weak RSA key', async () => {
    const { issuer, send, url, clock } = await dpopScene()
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = publicKey.export({ format: 'jwk' })
    const { e, kty, n } = jwk
    const jkt = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
    const token = await issuer.token({ claims: { cnf: { jkt } } })
    const claims = { jti: 'j', htm: 'GET', htu: url, iat: clock.now() / 1000, ath: ath(token) }
    const input = `${part({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${part(claims)}`
    const dpop = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
    expect((await send({ authorization: `DPoP ${token}`, dpop })).code).toBe('ERR_JWT_PROOF')
  })

  it('a zero signature (CVE-2022-21449)', async () => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const { dpop, authorization } = await client.headers({ url, token })
    const forged = `${dpop.slice(0, dpop.lastIndexOf('.'))}.${Buffer.alloc(64).toString('base64url')}`
    expect((await send({ authorization, dpop: forged })).code).toBe('ERR_JWT_PROOF')
  })
})

describe('the form of a proof', () => {
  it.each<[string, (proof: string) => string]>([
    ['nothing', () => ''],
    ['no JWT', () => 'proof'],
    ['twice', (proof) => `${proof}, ${proof}`],
    ['padded', (proof) => `${proof}=`],
    ['truncated', (proof) => proof.slice(0, -1)],
    ['in quotes', (proof) => `"${proof}"`],
    ['huge', (proof) => `${proof}${'A'.repeat(8192)}`],
    [
      'with the bits of another spelling',
      (proof) => proof.slice(0, -1) + String.fromCharCode(proof.charCodeAt(proof.length - 1) + 1),
    ],
  ])('%s', async (_case, change) => {
    const { client, bound, send, url } = await dpopScene()
    const { authorization, dpop } = await client.headers({ url, token: await bound() })
    expect((await send({ authorization, dpop: change(dpop) })).code).toBe('ERR_JWT_PROOF')
  })

  it('missing', async () => {
    const { bound, send } = await dpopScene()
    expect((await send({ authorization: `DPoP ${await bound()}` })).code).toBe('ERR_JWT_PROOF')
  })

  it('on two lines', async () => {
    const { app, client, bound, url } = await dpopScene()
    const token = await bound()
    const [one, two] = [await client.proof({ url, token }), await client.proof({ url, token })]
    const headers = ['host', `127.0.0.1:${app.port}`, 'authorization', `DPoP ${token}`, 'dpop', one, 'dpop', two]
    const answer = await rawRequest(app, { path: '/orders', headers })
    expect([answer.status, JSON.parse(answer.body)]).toEqual([401, expect.objectContaining({ code: 'ERR_JWT_PROOF' })])
  })

  it('a member twice', async () => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const [header, payload] = (await client.proof({ url, token })).split('.') as [string, string]
    const twice = Buffer.from(payload, 'base64url').toString().replace('{', '{"htm":"POST",')
    const input = `${header}.${Buffer.from(twice).toString('base64url')}`
    const signature = sign('sha256', Buffer.from(input), { key: client.key.privateKey, dsaEncoding: 'ieee-p1363' })
    const dpop = `${input}.${signature.toString('base64url')}`
    expect((await send({ authorization: `DPoP ${token}`, dpop })).code).toBe('ERR_JWT_PROOF')
  })

  it('an access token for a proof, and a proof for an access token', async () => {
    const { client, bound, send, url } = await dpopScene()
    const token = await bound()
    const proof = await client.proof({ url, token })
    expect((await send({ authorization: `DPoP ${token}`, dpop: token })).code).toBe('ERR_JWT_PROOF')
    expect((await send({ authorization: `DPoP ${proof}`, dpop: proof })).status).toBe(401)
    expect((await send({ authorization: `Bearer ${proof}` })).status).toBe(401)
  })
})

describe('nonces', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['an empty one', ''],
    ['one of the client’s own', 'AAAAAAAAAAAAAAAAAAAAAA'],
    ['null', null],
    ['a list', []],
  ])('%s is asked for anew', async (_case, nonce) => {
    const { bound, ask } = await dpopScene({ dpop: { nonce: true } })
    const token = await bound()
    expect(await ask(token, { claims: { nonce } })).toMatchObject({
      status: 401,
      code: 'ERR_JWT_PROOF_NONCE',
      challenge: expect.stringContaining('error="use_dpop_nonce"') as string,
    })
  })

  it('cannot be had without a good token and its key', async () => {
    const { clock, issuer, bound, client, send, url } = await dpopScene({ dpop: { nonce: true } })
    const thief = createDpopClient({ clock })
    const stranger = makeTestKey()
    const forged = await signWith(stranger, { iss: issuer.issuer, aud: audience, cnf: { jkt: client.jkt } })
    for (const headers of [
      await thief.headers({ url, token: await bound() }),
      await client.headers({ url, token: forged }),
      { authorization: `DPoP ${await bound()}` },
    ]) {
      expect(await send({ ...headers })).toMatchObject({ status: 401, nonce: null })
    }
  })

  it('do not make a proof good twice', async () => {
    const { client, bound, ask, send, url, clock } = await dpopScene({ dpop: { nonce: true } })
    const token = await bound({ exp: clock.now() / 1000 + 3600 })
    const { nonce } = await ask(token)
    const headers = await client.headers({ url, token, nonce: nonce! })
    expect((await send(headers)).status).toBe(200)
    expect((await send(headers)).code).toBe('ERR_JWT_PROOF_REPLAYED')
    await clock.advance(119_999)
    expect((await send(headers)).status).toBe(401)
  })
})

describe('stripped cnf', () => {
  it('breaks the signature, so that the binding cannot be taken off', async () => {
    const { bound, send } = await dpopScene()
    const [header, payload, signature] = (await bound()).split('.') as [string, string, string]
    const { cnf: _cnf, ...rest } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    expect((await send({ authorization: `Bearer ${header}.${part(rest)}.${signature}` })).code).toBe(
      'ERR_JWT_SIGNATURE',
    )
  })
})

describe('proofs in masses', () => {
  it('of who has no good token are not remembered', async () => {
    const { clock, env, issuer, bound, send, url, ask } = await dpopScene()
    const commits: string[] = []
    const { store } = env
    const { commit } = store
    Object.assign(store, { commit: (...args: Parameters<Store['commit']>) => (commits.push(args[0]), commit(...args)) })
    const thief = createDpopClient({ clock })
    const token = await bound()
    for (let i = 0; i < 20; i++) {
      await send(await thief.headers({ url, token }))
      await send(await thief.headers({ url, token: await issuer.token() }))
    }
    expect(commits.filter((partition) => partition.includes('dpop'))).toEqual([])
    await ask(token)
    expect(commits.filter((partition) => partition.includes('dpop'))).toHaveLength(1)
  })
})

describe('nothing of a proof', () => {
  it('is in an answer, an error or an event', async () => {
    const { app, bound, ask } = await dpopScene()
    const marker = randomUUID()
    const { challenge, text } = await ask(await bound(), {
      claims: { htu: marker, jti: marker },
      header: { kid: marker },
    })
    expect(`${challenge}${text}${String((app.errors[0] as Error).stack)}`).not.toContain(marker)
  })
})
