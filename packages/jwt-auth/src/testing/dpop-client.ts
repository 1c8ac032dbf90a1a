import { hash, randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '@sallyport/core'
import { thumbprintOf } from '../dpop/thumbprint.ts'
import { makeTestKey, signWith, type TestAlgorithm, type TestKey, type TokenParts } from './test-key.ts'

/** What a proof is for. `claims` and `header` change it at will, to see it refused. */
export interface ProofParts extends TokenParts {
  /** @default 'GET' */
  readonly method?: string
  /** The address that the client sees. */
  readonly url: string
  /** The token that it is presented with. */
  readonly token: string
  /** The server's, from `DPoP-Nonce`. */
  readonly nonce?: string | undefined
}

/** A client with a key of its own, which proves on each request that it has it (RFC 9449). */
export interface DpopClient {
  readonly key: TestKey
  /** Thumbprint of the key: tokens that are bound to it have `cnf: { jkt }`. */
  readonly jkt: string
  /** A new proof. */
  proof(parts: ProofParts): Promise<string>
  /** The headers of a request: the token, and a new proof. */
  headers(parts: ProofParts): Promise<{ readonly authorization: string; readonly dpop: string }>
}

/** Options of `createDpopClient`. */
export interface DpopClientOptions {
  /** @default 'ES256' */
  readonly alg?: TestAlgorithm
  /** By which proofs are dated. @default the machine's clock */
  readonly clock?: Clock
}

/** Makes a client with a new key. */
export function createDpopClient({ alg = 'ES256', clock = systemClock }: DpopClientOptions = {}): DpopClient {
  const key = makeTestKey(alg)
  const jwk = key.publicKey.export({ format: 'jwk' })
  const proof: DpopClient['proof'] = ({ method = 'GET', url, token, nonce, claims, header }) => {
    const iat = Math.floor(clock.now() / 1000)
    const ath = hash('sha256', token, 'base64url')
    const { origin, pathname } = new URL(url)
    const usual = { jti: randomUUID(), htm: method, htu: origin + pathname, iat, ath, nonce }
    return signWith(key, { ...usual, ...claims }, { typ: 'dpop+jwt', jwk, kid: undefined, ...header })
  }
  return {
    key,
    jkt: thumbprintOf(key.publicKey),
    proof,
    headers: async (parts) => ({ authorization: `DPoP ${parts.token}`, dpop: await proof(parts) }),
  }
}
