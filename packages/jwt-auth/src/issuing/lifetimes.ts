/** How long things last, in seconds. */
export interface Lifetimes {
  /** An access token. */
  readonly access: number
  /** A login that is not used: from one refresh to the next. */
  readonly idle: number
  /** A login, however much it is used (ASVS 7.3.2). No access token of it lasts longer. */
  readonly absolute: number
  /** How long a refresh token that was used may be presented again and gets the same successor. */
  readonly grace: number
}

/** Named lifetimes, after how long a login lasts: `week`: 30 min and 7 days; `month`: 15 min and 30 days; `day`: 1 h and 24 h. */
export type LifetimeProfile = 'week' | 'month' | 'day'

const MINUTE = 60
const DAY = 86_400
const GRACE = 30

/** The profiles. A longer login has shorter access tokens: what is stolen from it is of use for less time. */
export const profiles: Readonly<Record<LifetimeProfile, Lifetimes>> = {
  week: { access: 30 * MINUTE, idle: 7 * DAY, absolute: 7 * DAY, grace: GRACE },
  month: { access: 15 * MINUTE, idle: 30 * DAY, absolute: 30 * DAY, grace: GRACE },
  day: { access: 60 * MINUTE, idle: DAY, absolute: DAY, grace: GRACE },
}
