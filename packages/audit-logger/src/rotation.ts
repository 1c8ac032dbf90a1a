import { createPrivateKey, type KeyObject } from 'node:crypto'
import { coreError } from '@sallyport/core'
import type { LogBackend } from './log/backend.ts'
import { newSigningKey } from './log/identity.ts'
import type { Draft } from './log/messages.ts'
import { vkeyOf } from './merkle/note.ts'
import type { AuditEvent } from './record/event.ts'
import type { Recorder } from './recorder.ts'

/**
 * Signs with a new key from now on. The record that names it is covered by a checkpoint that both keys have signed; so whoever trusts the
 * old one can trust the new one.
 */
export async function rotateSigningKey(
  backend: LogBackend,
  signingKey: KeyObject | undefined,
  recorder: Recorder,
  draft: (event: AuditEvent) => Draft,
): Promise<{ readonly vkey: string }> {
  if (signingKey !== undefined) {
    throw coreError('ERR_OPTION', {
      message: 'audit.rotateSigningKey: the key was given as `signingKey`; give another one instead',
    })
  }
  await recorder.checkpoint()
  const identity = await backend.identity()
  const [old] = identity.signingKeys
  const made = newSigningKey()
  const privateKey = createPrivateKey({ key: Buffer.from(made), format: 'der', type: 'pkcs8' })
  const vkey = vkeyOf({ name: identity.origin, privateKey })
  // Kept before it signs anything, and the old one until the new one has.
  await backend.keepIdentity({ ...identity, signingKeys: [made, old!] })
  await recorder.order({ do: 'sign-with', signingKeys: [made, old!] })
  await recorder.write(draft({ type: 'audit.key-rotated', detail: { vkey } }))
  await recorder.checkpoint()
  await backend.keepIdentity({ ...identity, signingKeys: [made] })
  await recorder.order({ do: 'sign-with', signingKeys: [made] })
  return { vkey }
}
