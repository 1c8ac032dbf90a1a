import { SecurityError, type Environment, type Exchange, type StoreFailurePolicy } from '@sallyport/core'
import { Refusal } from '../errors.ts'
import { Nonces } from './nonces.ts'
import type { DpopSettings } from './options.ts'
import { verifyProof, type Proof } from './proof.ts'
import { useUp } from './replay.ts'
import { normaliseTarget } from './target.ts'

/** What proofs are checked with. */
export interface DpopInit extends DpopSettings {
  /** Seconds. */
  readonly leeway: number
  readonly maxTokenBytes: number
  readonly onStoreFailure: StoreFailurePolicy
  readonly environment: Environment
}

/** Checks that whoever presents a token holds the key that it is bound to (RFC 9449). */
export class Dpop {
  readonly #init: DpopInit
  readonly #nonces: Nonces | undefined

  constructor(init: DpopInit) {
    this.#init = init
    this.#nonces = init.nonce ? new Nonces(init.environment, init.maxAge) : undefined
  }

  /**
   * Demands a proof for this request, made with the token's key, fresh, and used for the first time.
   * @throws Refusal ERR_JWT_PROOF, ERR_JWT_BOUND, ERR_JWT_PROOF_NONCE, ERR_JWT_PROOF_REPLAYED; SecurityError ERR_STORE_UNAVAILABLE
   */
  async demandProof(exchange: Exchange, token: string, jkt: string): Promise<void> {
    const proof = await this.#verified(exchange, token)
    if (proof.jkt !== jkt) throw new Refusal('ERR_JWT_BOUND', 'the proof is of another key than that of the token')
    await this.#useUp(exchange, proof)
  }

  /**
   * Demands a proof for this request for tokens, where there is none yet to be made for (RFC 9449, section 5). Answers the thumbprint of
   * its key.
   * @throws Refusal ERR_JWT_PROOF, ERR_JWT_PROOF_NONCE, ERR_JWT_PROOF_REPLAYED; SecurityError ERR_STORE_UNAVAILABLE
   */
  async demandKey(exchange: Exchange): Promise<string> {
    const proof = await this.#verified(exchange, undefined)
    await this.#useUp(exchange, proof)
    return proof.jkt
  }

  async #verified(exchange: Exchange, token: string | undefined): Promise<Proof> {
    const { algorithms, maxTokenBytes: maxBytes, leeway, environment } = this.#init
    const [text, ...others] = exchange.headerLines('dpop')
    if (text === undefined) throw new Refusal('ERR_JWT_PROOF', 'there is no proof')
    if (others.length > 0) throw new Refusal('ERR_JWT_PROOF', 'there are several proofs')
    const targets = this.#targets(exchange)
    const now = environment.clock.now()
    return verifyProof(text, { method: exchange.method, targets, token, algorithms, maxBytes, now, leeway })
  }

  async #useUp(exchange: Exchange, proof: Proof): Promise<void> {
    try {
      const ttl = this.#nonces ? await this.#demandNonce(exchange, proof, this.#nonces) : this.#demandFresh(proof)
      await useUp(proof, ttl, exchange)
    } catch (thrown) {
      // Without the store a proof can be used again as long as it is fresh. `open` says by name that this is better than an outage.
      const outage = SecurityError.is(thrown) && thrown.code === 'ERR_STORE_UNAVAILABLE'
      if (!outage || this.#init.onStoreFailure !== 'open') throw thrown
    }
  }

  #targets({ origin, path }: Exchange): readonly string[] {
    const { publicUrls } = this.#init
    const bases = publicUrls.length > 0 ? publicUrls : [origin]
    return bases.flatMap((base) => normaliseTarget(base + path) ?? [])
  }

  /** The proof's age by the client's clock; answers how long it will be fresh, in milliseconds. */
  #demandFresh({ iat }: Proof): number {
    const { maxAge, leeway, environment } = this.#init
    const age = environment.clock.now() - iat * 1000
    if (age < -leeway * 1000) throw new Refusal('ERR_JWT_PROOF', 'the proof: `iat` is in the future')
    const left = maxAge + leeway * 1000 - age
    if (left <= 0) throw new Refusal('ERR_JWT_PROOF', 'the proof: `iat` is too long ago')
    return Math.ceil(left)
  }

  /** The proof's age by our own clock: the nonce tells it. Answers how long it may be used at most, in milliseconds. */
  async #demandNonce(exchange: Exchange, { nonce }: Proof, nonces: Nonces): Promise<number> {
    const current = await nonces.current()
    if (nonce !== current && !(await nonces.accepts(nonce))) {
      throw new Refusal('ERR_JWT_PROOF_NONCE', 'the proof: `nonce` is none of ours', { 'dpop-nonce': current })
    }
    // The client learns of the next one before its own has ended (RFC 9449, section 8.2).
    if (nonce !== current && !exchange.headersSent) exchange.setHeader('dpop-nonce', current)
    return this.#init.maxAge * 3
  }
}
