import type { Exchange } from '@sallyport/core'
import type { Dpop } from './dpop/dpop.ts'
import { Refusal } from './errors.ts'
import { demandCertificate } from './mtls/certificate.ts'
import type { Settings } from './settings.ts'
import type { PresentedToken } from './token.ts'
import type { VerifiedToken } from './verified.ts'

/** Demands of whoever presents a token that they hold what it is bound to: on each request, however well the token is known. */
export class Possession {
  readonly #settings: Pick<Settings, 'mtls'>
  readonly #dpop: Promise<Dpop> | undefined
  readonly #boundOnly: boolean

  constructor(settings: Settings) {
    const { dpop, leeway, maxTokenBytes, onStoreFailure, environment } = settings
    this.#settings = settings
    this.#boundOnly = dpop?.required === true
    if (!dpop) return
    // Loaded by who takes proofs, so that the others do not wait for it when they start.
    const init = { ...dpop, leeway, maxTokenBytes, onStoreFailure, environment }
    this.#dpop = import('./dpop/dpop.ts').then(({ Dpop }) => new Dpop(init))
    // What goes wrong there is told to whoever needs it.
    this.#dpop.catch(() => undefined)
  }

  /** Whether there is nothing to prove: the way of nearly every request. */
  isFree({ binding }: VerifiedToken, { carrier }: PresentedToken): boolean {
    return binding === undefined && carrier !== 'dpop' && !this.#boundOnly
  }

  /**
   * @throws Refusal ERR_JWT_UNBOUND, ERR_JWT_BOUND, ERR_JWT_PROOF, ERR_JWT_PROOF_NONCE, ERR_JWT_PROOF_REPLAYED; SecurityError
   *   ERR_STORE_UNAVAILABLE
   */
  demand(exchange: Exchange, { binding }: VerifiedToken, { text, carrier }: PresentedToken): void | Promise<void> {
    const { jkt, x5t } = binding ?? {}
    // Otherwise a stolen token of another kind would do for those who ask for proofs (RFC 9449, section 7.2).
    if (jkt === undefined && (carrier === 'dpop' || this.#boundOnly)) {
      throw new Refusal('ERR_JWT_UNBOUND', 'the token is not bound to a key')
    }
    if (jkt !== undefined && carrier !== 'dpop') {
      throw new Refusal('ERR_JWT_BOUND', 'a token that is bound to a key is not presented by the scheme DPoP')
    }
    if (x5t !== undefined) demandCertificate(exchange, x5t, this.#settings.mtls!)
    return jkt === undefined ? undefined : this.#dpop!.then((dpop) => dpop.demandProof(exchange, text, jkt))
  }
}
