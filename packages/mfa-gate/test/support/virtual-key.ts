import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** How one ceremony goes, where it goes otherwise than it should. */
export interface Twist {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly userVerified?: boolean
  readonly userPresent?: boolean
  readonly counter?: number
  readonly id?: string
  readonly rawId?: string
  readonly userHandle?: string
  /** Signs with another key. */
  readonly key?: KeyObject
}

interface Options {
  readonly challenge: string
  readonly rpId?: string
  readonly rp?: { readonly id?: string }
  readonly user?: { readonly id: string }
}

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()

/** A passkey made of software: what an authenticator and a browser do together, with every part of it open to a test. */
export class VirtualKey {
  readonly id: string = randomBytes(16).toString('base64url')
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #origin: string
  #handle: string | undefined
  counter = 0

  constructor(origin: string) {
    this.#origin = origin
  }

  create(options: Options, twist: Twist = {}): object {
    this.#handle = options.user?.id
    const data = this.#authData(options.rp?.id ?? '', twist, true)
    const attestation = cborMap([
      ['fmt', cborText('none')],
      ['attStmt', Buffer.from([0xa0])],
      ['authData', cborBytes(data)],
    ])
    return this.#credential(twist, {
      clientDataJSON: this.#clientData('webauthn.create', options.challenge, twist).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    })
  }

  get(options: Options, twist: Twist = {}): object {
    const data = this.#authData(options.rpId ?? '', twist, false)
    const client = this.#clientData('webauthn.get', options.challenge, twist)
    const signature = sign('sha256', Buffer.concat([data, sha256(client)]), twist.key ?? this.#pair.privateKey)
    return this.#credential(twist, {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: twist.userHandle ?? this.#handle,
    })
  }

  #credential({ id = this.id, rawId = id }: Twist, response: object): object {
    return { id, rawId, type: 'public-key', clientExtensionResults: {}, response }
  }

  #clientData(type: string, challenge: string, twist: Twist): Buffer {
    const { origin = this.#origin, crossOrigin = false, topOrigin } = twist
    const data = { type: twist.type ?? type, challenge: twist.challenge ?? challenge, origin, crossOrigin, topOrigin }
    return Buffer.from(JSON.stringify(data))
  }

  #authData(rpId: string, twist: Twist, attested: boolean): Buffer {
    const { userPresent = true, userVerified = true, counter = this.counter } = twist
    const flags = (userPresent ? 1 : 0) | (userVerified ? 4 : 0) | (attested ? 64 : 0)
    const head = Buffer.concat([sha256(twist.rpId ?? rpId), Buffer.from([flags]), uint32(counter)])
    if (!attested) return head
    const id = Buffer.from(this.id, 'base64url')
    const length = Buffer.from([id.length >> 8, id.length & 255])
    return Buffer.concat([head, Buffer.alloc(16), length, id, this.#coseKey()])
  }

  #coseKey(): Buffer {
    const { x, y } = this.#pair.publicKey.export({ format: 'jwk' })
    // kty: EC2, alg: ES256, crv: P-256.
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      cborBytes(Buffer.from(x!, 'base64url')),
      Buffer.from([0x22]),
      cborBytes(Buffer.from(y!, 'base64url')),
    ])
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  return length < 256
    ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}

const cborText = (text: string): Buffer => Buffer.concat([cborHead(3, text.length), Buffer.from(text)])
const cborBytes = (bytes: Buffer): Buffer => Buffer.concat([cborHead(2, bytes.length), bytes])
const cborMap = (entries: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([cborHead(5, entries.length), ...entries.flatMap(([name, value]) => [cborText(name), value])])
