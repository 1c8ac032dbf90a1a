import { accept, acceptNumber, acceptOneOf, checkOptions, coreError, type OptionRules } from '@sallyport/core'

/**
 * Whether a session that seems to be used by another one is left alone, told in an event, or also acted on: `enforce` demands a step-up
 * from mfa-gate, or ends the session, by how much has changed.
 */
export type HijackMode = 'off' | 'monitor' | 'enforce'

/** How signs of a stolen session are weighed. */
export interface HijackOptions {
  /** @default 'monitor' */
  readonly mode?: HijackMode
  /** Score from which it is told. @default 20 */
  readonly logFrom?: number
  /** Score from which a step-up is demanded. @default 50 */
  readonly stepUpFrom?: number
  /** Score from which the session is ended. @default 90 */
  readonly endFrom?: number
  /** How fresh the step-up must be, in seconds. @default 300 */
  readonly stepUpMaxAge?: number
  /** Whether a session that began with tokens bound to a key takes no others (DPoP, RFC 9449). @default true */
  readonly keepBinding?: boolean
}

/** As it is applied. */
export type HijackSettings = Required<HijackOptions>

const score = acceptNumber('points', 1, 1000)

const rules: OptionRules<HijackOptions> = {
  mode: acceptOneOf('off', 'monitor', 'enforce'),
  logFrom: score,
  stepUpFrom: score,
  endFrom: score,
  stepUpMaxAge: acceptNumber('seconds', 1, 86_400),
  keepBinding: accept.boolean,
}

/** @throws SecurityError ERR_OPTION */
export function settleHijack(option: HijackMode | HijackOptions = 'monitor'): HijackSettings {
  const given = typeof option === 'string' ? { mode: option } : option
  checkOptions<HijackOptions>('sessionTracker hijack', given, rules)
  const settled = {
    mode: 'monitor',
    logFrom: 20,
    stepUpFrom: 50,
    endFrom: 90,
    stepUpMaxAge: 300,
    keepBinding: true,
    ...given,
  } as const
  if (settled.logFrom > settled.stepUpFrom || settled.stepUpFrom > settled.endFrom) {
    throw coreError('ERR_OPTION', {
      message: 'sessionTracker hijack: `logFrom`, `stepUpFrom` and `endFrom` must be in this order, the least first',
    })
  }
  return settled
}
