import { auditError } from '../errors.ts'
import { HASH } from './hash.ts'

/** State of a log: how many records it has and the hash of all of them (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** @throws SecurityError ERR_AUDIT_PROOF */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n')
  const hash = Buffer.from(root, 'base64')
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(size) || hash.byteLength !== HASH || !text.endsWith('\n')) {
    throw auditError('ERR_AUDIT_PROOF', { message: 'This is no checkpoint' })
  }
  return { origin, size: Number(size), root: hash }
}
