import { createHmac, sign } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { jwtAuth, type JwtAuthOptions } from '@sallyport/jwt-auth'
import { attack, audience, claims, ec, forge, issuer, rsa } from './support/forge.ts'
import { startKeyServer } from './support/key-server.ts'
import { makeKey, signWith } from './support/signing-key.ts'
import { accessToken } from './support/test-issuer.ts'

describe('alg none', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null', 'undefined', '\u{0}none', 'ｎｏｎｅ'])(
    'as %j',
    async (alg) => {
      const ask = await attack()
      for (const signature of ['', 'AAAA', Buffer.alloc(64)]) {
        expect((await ask(forge({ alg, kid: 'ec-1' }, claims(), signature))).status).toBe(401)
        expect((await ask(forge({ alg }, claims(), signature))).status).toBe(401)
      }
    },
  )

  it.each([null, false, 0, [], ['none'], {}])('as %j', async (alg) => {
    const ask = await attack()
    expect((await ask(forge({ alg }, claims(), 'AAAA'))).code).toBe('ERR_JWT_MALFORMED')
  })

  it('cannot be asked for in the configuration', () => {
    expect(() => jwtAuth({ issuer, audience, algorithms: ['none'] } as unknown as JwtAuthOptions)).toThrow('algorithms')
  })
})

describe('RS to HS confusion', () => {
  const spellings = [
    ['PEM', rsa.pem],
    ['PEM without the last line break', rsa.pem.trimEnd()],
    ['DER', rsa.publicKey.export({ format: 'der', type: 'spki' })],
    ['PKCS #1', rsa.publicKey.export({ format: 'pem', type: 'pkcs1' })],
    ['JWK', JSON.stringify(rsa.jwk)],
    ['modulus', Buffer.from(rsa.jwk.n!, 'base64url')],
  ] as const

  it.each(spellings)('with the public key as secret: %s', async (_form, secret) => {
    for (const keys of [{}, { jwks: undefined, publicKey: rsa.pem }]) {
      const ask = await attack(keys as Partial<JwtAuthOptions>)
      for (const [alg, hash] of [
        ['HS256', 'sha256'],
        ['HS384', 'sha384'],
        ['HS512', 'sha512'],
      ] as const) {
        const input = forge({ alg, kid: 'rsa-1' }, claims()).slice(0, -1)
        const signature = createHmac(hash, secret).update(input).digest()
        expect((await ask(`${input}.${signature.toString('base64url')}`)).code).toBe('ERR_JWT_ALGORITHM')
      }
    }
  })

  it('the other way: a signature where a secret is expected', async () => {
    const ask = await attack({
      jwks: undefined,
      secret: Buffer.from(rsa.jwk.n!, 'base64url'),
    } as Partial<JwtAuthOptions>)
    expect((await ask(await signWith(rsa, claims()))).code).toBe('ERR_JWT_ALGORITHM')
  })
})

describe('algorithm substitution', () => {
  it('does not use a key with another algorithm than its own', async () => {
    const ask = await attack()
    expect((await ask(await signWith({ ...rsa, alg: 'PS256' }, claims()))).code).toBe('ERR_JWT_ALGORITHM')
    expect((await ask(forge({ alg: 'RS256', kid: 'ec-1' }, claims(), Buffer.alloc(256, 1)))).code).toBe(
      'ERR_JWT_ALGORITHM',
    )
  })

  it('accepts no algorithm that the app did not name', async () => {
    const ask = await attack({ algorithms: ['ES256', 'RS512'], jwks: { keys: [ec.jwk] } } as Partial<JwtAuthOptions>)
    expect((await ask(await signWith(ec, claims()))).status).toBe(200)
    expect((await ask(await signWith(rsa, claims()))).code).toBe('ERR_JWT_ALGORITHM')
  })
})

describe('keys from the token', () => {
  const mallory = makeKey('ES256', 'ec-1')

  it('embedded jwk', async () => {
    const ask = await attack()
    expect((await ask(await signWith(mallory, claims(), { jwk: mallory.jwk }))).code).toBe('ERR_JWT_SIGNATURE')
    expect((await ask(await signWith(mallory, claims(), { jwk: mallory.jwk, kid: 'mine' }))).code).toBe('ERR_JWT_KEY')
  })

  it('embedded x5c', async () => {
    const ask = await attack()
    const x5c = [mallory.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')]
    expect((await ask(await signWith(mallory, claims(), { x5c }))).code).toBe('ERR_JWT_SIGNATURE')
  })

  it.each(['jku', 'x5u'])('%s is never followed', async (name) => {
    const server = await startKeyServer()
    onTestFinished(() => server.close())
    server.documents.set('/jwks', () => ({ keys: [mallory.jwk] }))
    const ask = await attack()
    expect((await ask(await signWith(mallory, claims(), { [name]: `${server.origin}/jwks` }))).code).toBe(
      'ERR_JWT_SIGNATURE',
    )
    expect(server.requests).toEqual([])
  })

  it('an issuer that names its own key server', async () => {
    const server = await startKeyServer()
    onTestFinished(() => server.close())
    const own = `${server.origin}/`
    server.documents.set('/jwks', () => ({ keys: [mallory.jwk] }))
    server.documents.set('/.well-known/openid-configuration', () => ({ issuer: own, jwks_uri: `${own}jwks` }))
    const ask = await attack()
    expect((await ask(await signWith(mallory, accessToken(own, audience)))).code).toBe('ERR_JWT_ISSUER')
    expect(server.requests).toEqual([])
  })
})

describe('kid injection', () => {
  it.each([
    '../../../../dev/null',
    "ec-1' OR '1'='1",
    'ec-1\u{0}',
    'EC-1',
    ' ec-1',
    '__proto__',
    'constructor',
    'http://127.0.0.1/key',
    '$(id)',
    'k'.repeat(4000),
  ])('%j names no key', async (kid) => {
    const ask = await attack()
    expect((await ask(await signWith(ec, claims(), { kid }))).code).toBe('ERR_JWT_KEY')
  })

  it('an empty HMAC key by way of a file that is empty', async () => {
    const ask = await attack()
    const input = forge({ alg: 'HS256', kid: '/dev/null' }, claims()).slice(0, -1)
    expect((await ask(`${input}.${createHmac('sha256', '').update(input).digest('base64url')}`)).code).toBe(
      'ERR_JWT_ALGORITHM',
    )
  })
})

describe('psychic signature (CVE-2022-21449)', () => {
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const zero = Buffer.alloc(32)

  it.each([
    ['zero in both halves', Buffer.concat([zero, zero])],
    ['the order in both halves', Buffer.concat([order, order])],
    ['zero and the order', Buffer.concat([zero, order])],
    ['the order and zero', Buffer.concat([order, zero])],
    ['zero in DER', Buffer.from('3006020100020100', 'hex')],
    ['one byte', Buffer.alloc(1)],
  ])('%s', async (_case, signature) => {
    const ask = await attack()
    expect((await ask(forge({ alg: 'ES256', kid: 'ec-1' }, claims(), signature))).code).toBe('ERR_JWT_SIGNATURE')
  })

  it('a signature in DER, which is another spelling of a good one', async () => {
    const ask = await attack()
    const input = forge({ alg: 'ES256', kid: 'ec-1' }, claims()).slice(0, -1)
    const der = sign('sha256', Buffer.from(input), ec.privateKey)
    expect((await ask(`${input}.${der.toString('base64url')}`)).code).toBe('ERR_JWT_SIGNATURE')
  })

  it('an RSA signature of zeros, of ones, and of the wrong length', async () => {
    const ask = await attack()
    for (const signature of [
      Buffer.alloc(256),
      Buffer.alloc(256, 1),
      Buffer.alloc(256, 255),
      Buffer.alloc(255),
      Buffer.alloc(1),
    ]) {
      expect((await ask(forge({ alg: 'RS256', kid: 'rsa-1' }, claims(), signature))).code).toBe('ERR_JWT_SIGNATURE')
    }
  })
})

describe('parts', () => {
  it('truncated at every place', async () => {
    const ask = await attack()
    const token = await signWith(ec, claims())
    for (let length = token.length - 1; length > 0; length -= 7)
      expect((await ask(token.slice(0, length))).status).toBe(401)
  })

  it('doubled', async () => {
    const ask = await attack()
    const token = await signWith(ec, claims())
    const [header, payload, signature] = token.split('.')
    for (const text of [
      token + token,
      `${token}.${token}`,
      `${token}.${signature}`,
      `${header}.${token}`,
      `${header}.${payload}.${payload}.${signature}`,
    ]) {
      expect((await ask(text)).code).toBe('ERR_JWT_MALFORMED')
    }
  })

  it('swapped between two good tokens', async () => {
    const ask = await attack()
    const [first, second] = [
      (await signWith(ec, claims())).split('.'),
      (await signWith(ec, { ...claims(), sub: 'bob' })).split('.'),
    ]
    expect((await ask([first[0], second[1], first[2]].join('.'))).code).toBe('ERR_JWT_SIGNATURE')
    expect((await ask([first[0], first[1], second[2]].join('.'))).code).toBe('ERR_JWT_SIGNATURE')
    expect((await ask([first[1], first[0], first[2]].join('.'))).status).toBe(401)
  })

  it('changed by one character anywhere', async () => {
    const ask = await attack()
    const token = await signWith(ec, claims())
    for (let at = 0; at < token.length; at += 11) {
      if (token[at] === '.') continue
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
      expect((await ask(changed)).status).toBe(401)
    }
  })
})

describe('non-canonical base64', () => {
  it('is no second spelling of a good token, cached or not', async () => {
    const ask = await attack()
    const token = await signWith(ec, claims())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const neighbour = alphabet[alphabet.indexOf(signature.at(-1)!) + 1]!
    const spellings = [
      `${token}=`,
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}${neighbour}`,
      `${header}.${payload}.${signature.slice(0, 10)}+${signature.slice(11)}`,
      `${header}.${payload}.${signature.slice(0, 10)}%2D${signature.slice(10)}`,
    ]
    expect(Buffer.from(spellings[3]!.split('.')[2]!, 'base64url')).toEqual(Buffer.from(signature, 'base64url'))
    for (let round = 0; round < 2; round++) {
      for (const text of spellings) expect((await ask(text)).code).toBe('ERR_JWT_MALFORMED')
      expect((await ask(token)).status).toBe(200)
    }
  })
})
