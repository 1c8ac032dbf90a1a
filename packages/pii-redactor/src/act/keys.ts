import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** A key for hashes and tokens. */
export interface PiiKey {
  /** Stands in what the key made, so that it is found again after a rotation. Letters and digits. */
  readonly id: string
  /** 32 random bytes, or those in base64url. */
  readonly key: Uint8Array | string
}

interface Derived {
  readonly id: string
  readonly hash: Uint8Array
  readonly mark: Uint8Array
  readonly cipher: Uint8Array
}

export function bytesOf({ key }: PiiKey): Uint8Array {
  return typeof key === 'string' ? Buffer.from(key, 'base64url') : key
}

/** Keyed hashes and reversible tokens. The first key makes, all open. */
export class Keys {
  readonly #keys: readonly Derived[]
  readonly #scope: string

  constructor(keys: readonly PiiKey[], scope: string) {
    this.#scope = scope
    this.#keys = keys.map((one) => {
      const derive = (use: string): Uint8Array =>
        new Uint8Array(hkdfSync('sha256', bytesOf(one), new Uint8Array(), `sallyport.pii.${use}`, 32))
      return { id: one.id, hash: derive('hash'), mark: derive('mark'), cipher: derive('cipher') }
    })
  }

  /** HMAC-SHA-256: the same value the same hash, and without the key none of it can be tried. */
  hash(entity: string, value: string): string {
    const { id, hash } = this.#keys[0]!
    return `hash_${id}_${this.#mac(hash, entity, value).toString('base64url').slice(0, 22)}`
  }

  /**
   * The same value the same token, within the scope and the kind of value. Deterministic authenticated encryption: the code of the
   * value is its nonce (as in RFC 5297, with HMAC for the code).
   */
  seal(entity: string, value: string): string {
    const { id, mark, cipher } = this.#keys[0]!
    const code = this.#mac(mark, entity, value).subarray(0, 16)
    const crypt = createCipheriv('aes-256-ctr', cipher, code)
    const body = Buffer.concat([code, crypt.update(value, 'utf8'), crypt.final()])
    return `tok_${id}_${entity}.${body.toString('base64url')}`
  }

  /** The value of a token, or nothing where it is none of these keys' and this scope's. */
  open(token: string): { readonly entity: string; readonly value: string } | undefined {
    const [, id, entity = '', text = ''] = /^tok_([A-Za-z\d]+)_([A-Z][A-Z\d_]*)\.([\w-]{22,})$/.exec(token) ?? []
    const key = this.#keys.find((one) => one.id === id)
    const body = Buffer.from(text, 'base64url')
    if (key === undefined || body.length < 16) return undefined
    const code = body.subarray(0, 16)
    const crypt = createDecipheriv('aes-256-ctr', key.cipher, code)
    const value = Buffer.concat([crypt.update(body.subarray(16)), crypt.final()]).toString('utf8')
    return timingSafeEqual(this.#mac(key.mark, entity, value).subarray(0, 16), code) ? { entity, value } : undefined
  }

  #mac(key: Uint8Array, entity: string, value: string): Buffer {
    return createHmac('sha256', key)
      .update(JSON.stringify([this.#scope, entity, value]))
      .digest()
  }
}
