import { acceptNumber, acceptOneOf, checkOptions, optionError, type OptionRules } from '@sallyport/core'

/** How many sessions an account may have at a time. */
export interface LimitOptions {
  /** Most sessions of one account. */
  readonly most: number
  /** Most sessions of who has a role; of several roles the strictest counts, in place of `most`. @default none */
  readonly roles?: Readonly<Record<string, number>>
  /**
   * What happens to a login beyond that: the oldest others are ended for it, or it is refused with ERR_SESSION_LIMIT. To ask the user,
   * refuse, show `list()`, and track again with `instead`. @default 'end-oldest'
   */
  readonly beyond?: 'end-oldest' | 'refuse'
}

/** A limit as it is applied. */
export interface Limit {
  readonly beyond: 'end-oldest' | 'refuse'
  mostFor(roles: readonly string[]): number
}

const most = acceptNumber('sessions', 1, 100_000)

const rules: OptionRules<LimitOptions> = {
  most,
  roles: {
    accepts: 'an object of numbers by role, such as { admin: 1 }',
    test: (v) => typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every(most.test),
  },
  beyond: acceptOneOf('end-oldest', 'refuse'),
}

/** @throws SecurityError ERR_OPTION */
export function settleLimit(option: number | LimitOptions | undefined): Limit | undefined {
  if (option === undefined) return undefined
  const given = typeof option === 'number' ? { most: option } : option
  checkOptions<LimitOptions>('sessionTracker limit', given, rules)
  if (given.most === undefined) throw optionError('sessionTracker limit', 'most', undefined, most)
  const roles = new Map(Object.entries(given.roles ?? {}))
  return {
    beyond: given.beyond ?? 'end-oldest',
    mostFor(held) {
      const own = held.map((role) => roles.get(role)).filter((one) => one !== undefined)
      return own.length === 0 ? given.most : Math.min(...own)
    },
  }
}
