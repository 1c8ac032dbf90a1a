import { hash } from 'node:crypto'
import type { Exchange } from '@sallyport/core'
import { Refusal } from '../errors.ts'
import type { Proof } from './proof.ts'

/** Where an exchange remembers the proof that was used for it, for all copies of this package. */
const USED = Symbol.for('sallyport.dpop-proof')

const something = new Uint8Array([1])

/**
 * Uses up a proof on all nodes that share the store: created or refused, in one step, so that of two requests with one proof one passes.
 * Kept by key and by the hash of its `jti`, which is the client's own choice.
 * @param ttl how long the proof could be used otherwise, in milliseconds
 * @throws Refusal ERR_JWT_PROOF_REPLAYED; SecurityError ERR_STORE_UNAVAILABLE
 */
export async function useUp({ jkt, jti }: Proof, ttl: number, exchange: Exchange): Promise<void> {
  const id = hash('sha256', jti, 'base64url')
  const holder = exchange as Exchange & { [USED]?: string }
  // Two gates on one request, such as one that only reports and one that refuses, see the same proof.
  if (holder[USED] === `${jkt}.${id}`) return
  const { store } = exchange.environment
  const { ok } = await store.commit(`jwt-auth/dpop/${jkt}`, [{ put: id, value: something, ttl, if: 'absent' }])
  if (!ok) throw new Refusal('ERR_JWT_PROOF_REPLAYED', 'the proof was used before')
  holder[USED] = `${jkt}.${id}`
}
