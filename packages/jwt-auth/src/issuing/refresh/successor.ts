import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
/** Given everywhere: without it Node opens what has a tag of four bytes. */
const TAG = { authTagLength: 16 } as const
const NONCE = 12

/**
 * Seals the secret that follows another one, so that only who presents that other one can open it. The store holds the digest of the
 * one and the other one sealed: from neither can a token be made.
 */
export function sealSuccessor(successor: Uint8Array, presented: Uint8Array, family: string): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, keyOf(presented, family), nonce, TAG)
  const text = Buffer.concat([cipher.update(successor), cipher.final()])
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
}

/** Opens what `sealSuccessor` made. Throws for anything else. */
export function openSuccessor(sealed: string, presented: Uint8Array, family: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url')
  const end = bytes.length - TAG.authTagLength
  const decipher = createDecipheriv(CIPHER, keyOf(presented, family), bytes.subarray(0, NONCE), TAG)
  decipher.setAuthTag(bytes.subarray(end))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE, end)), decipher.final()])
}

function keyOf(presented: Uint8Array, family: string): Buffer {
  return Buffer.from(hkdfSync('sha256', presented, family, 'sallyport refresh successor 1', 32))
}
