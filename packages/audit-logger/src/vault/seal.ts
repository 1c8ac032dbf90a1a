import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'

/** AES-256-GCM (NIST SP 800-38D): 12 bytes of nonce, then the text, then 16 bytes of tag. */
const NONCE = 12
const TAG = 16

/** Random nonces are drawn in bulk: a call each costs more than the encryption. */
const pool = Buffer.alloc(NONCE * 1024)
let drawn = pool.byteLength

export function seal(key: Uint8Array, plain: string | Uint8Array, context: string): Buffer {
  if (drawn === pool.byteLength) {
    randomFillSync(pool)
    drawn = 0
  }
  const nonce = Buffer.from(pool.subarray(drawn, drawn + NONCE))
  drawn += NONCE
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(context))
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
  return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()])
}

/** @throws Error where it was changed, or sealed with another key or for another place */
export function open(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.byteLength - TAG)), decipher.final()])
}
