import { acceptNumber, acceptOneOf, checkOptions, optionError, type OptionRules } from '@sallyport/core'
import { generateSecret, generateURI } from 'otplib'
import type { Authenticator, Factor, FactorContext } from '../factor.ts'
import { field } from '../fields.ts'
import { qrOf } from '../qr.ts'
import { stepOf, type TotpSecret } from './totp-code.ts'
import { readTotpSecret } from './totp-import.ts'

/** Options of `totp`. */
export interface TotpOptions {
  /** The app's name, as it stands in people's authenticators. No colon. */
  readonly issuer: string
  /** @default 6 */
  readonly digits?: 6 | 8
  /** Length of a time step, in seconds. @default 30 */
  readonly period?: 30 | 60
  /** Many authenticators know only the default. @default 'sha1' */
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
  /**
   * How many time steps before and after the current one are accepted, for clocks that are wrong. With 1, a code is good for up to 90
   * seconds and guessed three times as easily; ASVS 6.5.5 wants it to be good for no longer than 30. @default 0
   */
  readonly drift?: 0 | 1
  /** Most authenticators of one account. @default 5 */
  readonly most?: number
}

const issuerRule = {
  accepts: 'a name without a colon, which authenticators take for the end of it',
  test: (v: unknown) => typeof v === 'string' && /^[^:\p{Cc}]{1,64}$/u.test(v),
}

const rules: OptionRules<TotpOptions> = {
  issuer: issuerRule,
  digits: { accepts: '6 or 8', test: (v) => v === 6 || v === 8 },
  period: { accepts: '30 or 60 seconds', test: (v) => v === 30 || v === 60 },
  algorithm: acceptOneOf('sha1', 'sha256', 'sha512'),
  drift: { accepts: '0 or 1 time steps', test: (v) => v === 0 || v === 1 },
  most: acceptNumber('authenticators', 1, 20),
}

/** What is kept of one authenticator. */
interface TotpData extends TotpSecret {
  /** The last time step that was used: no code of it or of one before is accepted again (ASVS 6.5.1). */
  readonly last: number
}

/**
 * Codes of an authenticator app (RFC 6238). Each is accepted once.
 * @throws SecurityError ERR_OPTION
 */
export function totp(options: TotpOptions): Factor {
  checkOptions<TotpOptions>('totp', options, rules)
  if (options.issuer === undefined) throw optionError('totp', 'issuer', undefined, issuerRule)
  const { issuer, digits = 6, period = 30, algorithm = 'sha1', drift = 0, most = 5 } = options

  return {
    kind: 'totp',
    amr: ['otp'],
    most,
    enrolment: {
      async begin(context) {
        const secret: TotpSecret = { secret: generateSecret(), digits, period, algorithm }
        const uri = generateURI({ ...secret, issuer, label: labelOf(context) })
        return { state: secret, shown: { secret: secret.secret, uri, qr: await qrOf(uri) } }
      },
      async confirm({ now }, state, fields) {
        const secret = state as TotpSecret
        const last = await stepOf(secret, field(fields, 'code'), { now, drift, after: undefined })
        // The code that confirms is used up too.
        return last === undefined ? undefined : { data: { ...secret, last } satisfies TotpData }
      },
      import: (_context, given) => ({ data: { ...readTotpSecret(given), last: -1 } satisfies TotpData }),
    },
    async verify({ now }, { authenticators, fields }) {
      const code = field(fields, 'code')
      for (const { id, data } of authenticators as readonly Authenticator<TotpData>[]) {
        const last = await stepOf(data, code, { now, drift, after: data.last })
        if (last !== undefined) return { authenticator: id, data: { ...data, last } }
      }
      return undefined
    },
    guessesInMillion: (authenticators) =>
      (authenticators as readonly Authenticator<TotpData>[]).reduce(
        (sum, { data }) => sum + (1 + 2 * drift) * 10 ** (6 - data.digits),
        0,
      ),
  }
}

/** A colon would end the issuer's name, escaped or not. */
function labelOf({ label }: FactorContext): string {
  return label.replaceAll(':', '.')
}
