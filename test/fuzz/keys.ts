import { constants, createHmac, createPrivateKey, sign, type SigningOptions } from 'node:crypto'
import type { JWK } from 'jose'
import { published } from '../conformance/keys.ts'
import { hmacKey, p256Key, p521Key, rsaKey } from '../conformance/vectors/rfc7515.ts'
import { ed25519Key } from '../conformance/vectors/rfc8037.ts'

/** A key of the RFCs, and how it signs. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  sign(input: string): Buffer
}

interface AsymmetricKey extends SigningKey {
  readonly jwk: JWK
}

function asymmetric(kid: string, alg: string, jwk: JWK, hash: string | null, how: SigningOptions = {}): AsymmetricKey {
  const key = createPrivateKey({ key: jwk as never, format: 'jwk' })
  const [publicKey] = published({ ...jwk, kid, use: 'sig' }).keys
  return {
    ...{ kid, alg, jwk: { ...publicKey, alg } as JWK },
    sign: (input) => sign(hash, Buffer.from(input), { key, ...how }),
  }
}

const raw = { dsaEncoding: 'ieee-p1363' } as const
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

/** What the issuer publishes: one key for each algorithm. */
export const publishedKeys: readonly AsymmetricKey[] = [
  asymmetric('es256', 'ES256', p256Key, 'sha256', raw),
  asymmetric('eddsa', 'EdDSA', ed25519Key, null),
  asymmetric('rs256', 'RS256', rsaKey, 'sha256'),
  asymmetric('ps256', 'PS256', rsaKey, 'sha256', pss),
  asymmetric('es512', 'ES512', p521Key, 'sha512', raw),
]

export const secret: Buffer = Buffer.from(hmacKey, 'base64url')

/** What another issuer shares with the app. */
export const sharedKey: SigningKey = {
  kid: 'shared',
  alg: 'HS256',
  sign: (input) => createHmac('sha256', secret).update(input).digest(),
}
