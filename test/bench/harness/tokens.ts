import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

export const algorithms = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const
export type Algorithm = (typeof algorithms)[number]

/** What a verifier is configured with, as it travels to a child process. */
export interface VerifierMaterial {
  readonly algorithm: Algorithm
  readonly issuer: string
  readonly audience: string
  readonly scope: string
  /** Of an asymmetric algorithm: the public key. */
  readonly pem?: string
  readonly jwk?: Readonly<Record<string, unknown>>
  /** Of HS256: 64 random bytes, in base64url, used as this text by every contender. */
  readonly secret?: string
}

export interface Issuer {
  readonly material: VerifierMaterial
  /** A good access token (RFC 9068), changed as told. */
  token(changes?: { readonly claims?: object; readonly header?: object }): Promise<string>
  /** Distinct good tokens. */
  tokens(count: number): Promise<string[]>
  /** One bad token of each kind, by the name of what is wrong with it. */
  badTokens(): Promise<Record<string, string>>
}

const signAsync = promisify(sign)
const issuer = 'https://issuer.example'
const audience = 'https://orders.example'

/** An issuer with a fresh key, whose tokens live for a day: longer than any run. */
export function createIssuer(algorithm: Algorithm): Issuer {
  const kid = 'bench-1'
  const secret = algorithm === 'HS256' ? randomBytes(64).toString('base64url') : undefined
  const pair = secret === undefined ? keyPair(algorithm) : undefined
  let made = 0

  const issue: Issuer['token'] = async ({ claims = {}, header = {} } = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = {
      iss: issuer,
      aud: audience,
      sub: `user-${made}`,
      client_id: 'orders-app',
      iat: now - 10,
      nbf: now - 10,
      exp: now + 86_400,
      jti: `token-${made++}`,
      scope: 'openid orders:read orders:create',
      roles: ['clerk', 'auditor'],
      ...claims,
    }
    const input = `${encode({ alg: algorithm, typ: 'at+jwt', kid, ...header })}.${encode(payload)}`
    return `${input}.${await signature(input)}`
  }

  async function signature(input: string): Promise<string> {
    if (pair === undefined) return createHmac('sha256', secret!).update(input).digest('base64url')
    const digest = algorithm === 'EdDSA' ? null : 'sha256'
    const made = await signAsync(digest, Buffer.from(input), { key: pair.key, dsaEncoding: 'ieee-p1363' })
    return made.toString('base64url')
  }

  return {
    material: {
      algorithm,
      issuer,
      audience,
      scope: 'orders:read',
      ...(secret === undefined ? {} : { secret }),
      ...(pair === undefined ? {} : { pem: pair.pem, jwk: { ...pair.jwk, kid, alg: algorithm, use: 'sig' } }),
    },
    token: issue,
    async tokens(count) {
      const all: string[] = []
      // In batches, so that the thread pool signs on all cores and memory stays low.
      while (all.length < count) {
        all.push(...(await Promise.all(Array.from({ length: Math.min(256, count - all.length) }, () => issue()))))
      }
      return all
    },
    async badTokens() {
      const now = Math.floor(Date.now() / 1000)
      const good = await issue()
      const [header, payload] = good.split('.')
      const other = await createIssuer(algorithm).token()
      return {
        'a signature of another key': `${header}.${payload}.${other.split('.')[2]}`,
        'a changed payload': `${header}.${encode({ iss: issuer, aud: audience, sub: 'root', exp: now + 60 })}.${good.split('.')[2]}`,
        expired: await issue({ claims: { exp: now - 600 } }),
        'not yet valid': await issue({ claims: { nbf: now + 600 } }),
        'another issuer': await issue({ claims: { iss: 'https://other.example' } }),
        'another audience': await issue({ claims: { aud: 'https://other.example' } }),
        'too little scope': await issue({ claims: { scope: 'openid' } }),
      }
    },
  }
}

function keyPair(algorithm: Algorithm): { key: KeyObject; pem: string; jwk: object } {
  const { publicKey, privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return {
    key: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    pem: publicKey.export({ format: 'pem', type: 'spki' }) as string,
    jwk: publicKey.export({ format: 'jwk' }),
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
