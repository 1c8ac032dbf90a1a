import { coreError, optionError } from '@sallyport/core'
import { Refusal } from './errors.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { settleIssuer, type IssuerContext } from './issuer-settings.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** The issuers whose tokens are accepted, by the exact `iss`. They come and go while requests run. */
export class Issuers {
  readonly #context: IssuerContext
  readonly #byName = new Map<string, TrustedIssuer>()
  #opaque: TrustedIssuer | undefined

  constructor(context: IssuerContext) {
    this.#context = context
    context.environment.onClose(() => {
      for (const one of this.#byName.values()) close(one)
    })
  }

  /**
   * @param where the issuer's place, for messages
   * @throws SecurityError ERR_OPTION
   */
  add(where: string, options: IssuerOptions): void {
    const trusted = settleIssuer(where, options, this.#context)
    if (this.#byName.has(trusted.issuer)) {
      throw optionError('jwtAuth', 'issuers', trusted.issuer, { accepts: 'each issuer once, with all its audiences' })
    }
    if (trusted.opaque && this.#opaque) {
      throw coreError('ERR_OPTION', {
        message: `${where}: a second issuer has \`introspection\`; accepted is one, because an opaque token does not tell whose it is`,
      })
    }
    this.#byName.set(trusted.issuer, trusted)
    if (trusted.opaque) this.#opaque = trusted
  }

  /** Whether it was there. Its tokens are refused from now on, those that are remembered and those that are being checked. */
  remove(issuer: string): boolean {
    const trusted = this.#byName.get(issuer)
    if (!trusted) return false
    this.#byName.delete(issuer)
    if (this.#opaque === trusted) this.#opaque = undefined
    trusted.live = false
    close(trusted)
    return true
  }

  values(): IterableIterator<TrustedIssuer> {
    return this.#byName.values()
  }

  /** Who is asked about tokens that are no JWT. */
  get opaque(): TrustedIssuer | undefined {
    return this.#opaque
  }

  /**
   * Picks the issuer that an unverified token claims to come from. What is picked is configuration: a wrong claim picks keys
   * that its signature does not stand up to.
   * @throws Refusal ERR_JWT_ISSUER
   */
  pick(iss: unknown): TrustedIssuer {
    const trusted = typeof iss === 'string' ? this.#byName.get(iss) : undefined
    if (!trusted) throw new Refusal('ERR_JWT_ISSUER', '`iss` is none of the configured issuers')
    return trusted
  }
}

function close({ keys, opaque }: TrustedIssuer): void {
  keys?.close()
  opaque?.close()
}
