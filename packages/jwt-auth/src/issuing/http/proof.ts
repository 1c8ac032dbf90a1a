import { accept, type OptionRule } from '@sallyport/core'
import { Dpop } from '../../dpop/dpop.ts'
import { settleDpop, type DpopOptions } from '../../dpop/options.ts'
import { Refusal } from '../../errors.ts'
import { issuerError } from '../errors.ts'
import type { IssuerSettings } from '../settings.ts'
import type { RouteContext } from './route.ts'

export const dpopRule: OptionRule = {
  accepts: 'true, false or an object',
  test: (v) => typeof v === 'boolean' || accept.object.test(v),
}

/** Clocks of clients differ, in seconds. */
const LEEWAY = 5
const LARGEST = 8192

/**
 * Reads which key a client proves to hold (RFC 9449, section 5). A proof that is there must be good, and where they are required there
 * must be one.
 * @throws SecurityError ERR_OPTION
 */
export function proofReader(
  settings: IssuerSettings,
  option: boolean | DpopOptions | undefined,
): RouteContext['proofKeyOf'] {
  const { environment, issuer } = settings
  // What clients see is the issuer, whatever name a request was sent to.
  const seen = URL.canParse(issuer) ? { publicUrl: new URL(issuer).origin } : {}
  const dpop = settleDpop(typeof option === 'object' ? { ...seen, ...option } : option === true ? seen : false)
  if (dpop === undefined) return () => Promise.resolve({})
  const proofs = new Dpop({ ...dpop, leeway: LEEWAY, maxTokenBytes: LARGEST, onStoreFailure: 'closed', environment })
  return async (exchange) => {
    if (!dpop.required && exchange.header('dpop') === undefined) return {}
    try {
      return { proofKey: await proofs.demandKey(exchange) }
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      const { code, headers } = thrown
      throw issuerError(code === 'ERR_JWT_PROOF_NONCE' ? 'ERR_ISSUER_NONCE' : 'ERR_ISSUER_PROOF', {
        ...(headers && { headers }),
      })
    }
  }
}
