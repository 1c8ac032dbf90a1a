import type { KeyObject } from 'node:crypto'
import { builtin } from '../builtins.ts'
import { coreError, type SecurityError } from '../errors.ts'
import { MARK_LENGTH, type DataKey } from './data-keys.ts'

// form (1 byte) | length of the key's id (1) | id | mark (16) | nonce (12) | ciphertext | tag (16)
const FORM = 1
const NONCE_LENGTH = 12
/** Given everywhere: without it Node opens what has a tag of four bytes, which one try in four billion forges. */
const TAG = { authTagLength: 16 } as const
const CIPHER = 'aes-256-gcm'

/** Seals bytes with a key that was drawn for them. The head is authenticated too, so that nobody can make it name another key. */
export function sealWith({ id, mark, key }: DataKey, context: string, bytes: Uint8Array): Uint8Array {
  const { createCipheriv, randomBytes } = builtin.crypto()
  const name = Buffer.from(id, 'latin1')
  const head = Buffer.concat([Uint8Array.of(FORM, name.length), name, mark])
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv(CIPHER, key, nonce, TAG)
  cipher.setAAD(Buffer.concat([head, Buffer.from(context)]))
  const text = cipher.update(bytes)
  cipher.final()
  return Buffer.concat([head, nonce, text, cipher.getAuthTag()])
}

/**
 * Opens what `sealWith` made in the same context.
 * @throws SecurityError ERR_SEAL_BROKEN (503), and what `keyOf` throws
 */
export function openWith(
  keyOf: (id: string, mark: Uint8Array) => KeyObject,
  context: string,
  sealed: Uint8Array,
): Uint8Array {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const nameEnd = 2 + (bytes[1] ?? 0)
  const headEnd = nameEnd + MARK_LENGTH
  const textStart = headEnd + NONCE_LENGTH
  const textEnd = bytes.length - TAG.authTagLength
  const id = bytes.toString('latin1', 2, nameEnd)
  // The id reaches an error message: what was not written by `sealWith` must not.
  if (bytes[0] !== FORM || textEnd < textStart || !/^[\w.-]+$/.test(id)) throw broken('is not sealed, or cut')
  const key = keyOf(id, bytes.subarray(nameEnd, headEnd))
  const decipher = builtin.crypto().createDecipheriv(CIPHER, key, bytes.subarray(headEnd, textStart), TAG)
  decipher.setAAD(Buffer.concat([bytes.subarray(0, headEnd), Buffer.from(context)]))
  decipher.setAuthTag(bytes.subarray(textEnd))
  const text = decipher.update(bytes.subarray(textStart, textEnd))
  try {
    decipher.final()
  } catch {
    throw broken('was changed, cut or moved, or sealed with another key of the same name')
  }
  return text
}

function broken(what: string): SecurityError {
  return coreError('ERR_SEAL_BROKEN', { message: `Stored data ${what}` })
}
