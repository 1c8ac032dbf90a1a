import {
  accept,
  acceptEnvironment,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  type Environment,
  type OptionRule,
  type OptionRules,
  type StoreFailurePolicy,
} from '@sallyport/core'
import type { AddressDetail } from './client/network.ts'
import type { GeoProvider } from './client/place.ts'
import type { HijackOptions, HijackMode } from './hijack/options.ts'
import type { LimitOptions } from './limits/options.ts'

/** Options of `sessionTracker`. */
export interface SessionTrackerOptions {
  /** Who vouches for accounts when a login does not say; the same as that of `identify()`. @default 'local' */
  readonly issuer?: string
  /** How long a session lasts without use, in seconds (ASVS 7.3.1). @default 86_400 (a day) */
  readonly idle?: number
  /** How long it lasts at most, in seconds (ASVS 7.3.2). @default 2_592_000 (30 days) */
  readonly absolute?: number
  /** How exactly the time of the last request is kept, in seconds: a session is written once in that time. @default 60 */
  readonly lastSeenInterval?: number
  /** Whether logged-in requests of sessions that nobody has announced begin to be tracked. @default true */
  readonly autoTrack?: boolean
  /** How long an id that was given up is still taken, for requests that were under way, in seconds. @default 30 */
  readonly rotationGrace?: number
  /** How addresses of clients are kept. @default 'truncated' */
  readonly addresses?: AddressDetail
  /** Says where addresses are. @default none: no countries and cities */
  readonly geo?: GeoProvider
  /** Most sessions of one account at a time. @default none */
  readonly limit?: number | LimitOptions
  /** What is done when a session seems to be used by another one. @default 'monitor' */
  readonly hijack?: HijackMode | HijackOptions
  /** Name of the cookie by which a browser is known again, `false` for none. @default '__Host-device' */
  readonly deviceCookie?: string | false
  /** Name of a cookie of the tracker's own, for an app that has no sessions yet: `true` for '__Host-session'. @default false */
  readonly cookie?: boolean | string
  /** What `logout` tells the browser to clear (`Clear-Site-Data`); an empty list for nothing. @default ['cache', 'storage'] */
  readonly clearSiteData?: readonly ('cache' | 'cookies' | 'storage' | 'executionContexts')[]
  /** Whether `figures()` are counted: active users and sessions, by time, browser and country. @default false */
  readonly analytics?: boolean
  /** Most sessions that a process remembers. @default 50_000 */
  readonly maxKnown?: number
  /** What happens when sessions or the list of revocations cannot be read. @default 'closed' */
  readonly onStoreFailure?: StoreFailurePolicy
  /** @default the environment of the process */
  readonly env?: Environment
}

/** RFC 6265bis, section 4.1.3.2: a browser takes it only with Secure, for the whole host, and from that host. */
const HOST_COOKIE = /^__Host-[\w-]+$/

const seconds = (least: number): OptionRule => acceptNumber('seconds', least, 315_360_000)

const rules: OptionRules<SessionTrackerOptions> = {
  issuer: accept.string,
  idle: seconds(1),
  absolute: seconds(1),
  lastSeenInterval: acceptNumber('seconds', 1, 3600),
  autoTrack: accept.boolean,
  rotationGrace: acceptNumber('seconds', 0, 600),
  addresses: acceptOneOf('full', 'truncated', 'none'),
  geo: {
    accepts: 'a provider with lookup(address), such as maxmindGeo()',
    test: (v) => typeof (v as GeoProvider | null)?.lookup === 'function',
  },
  limit: { accepts: 'a number of sessions, or an object such as { most: 5 }', test: isLimit },
  hijack: {
    accepts: "'off', 'monitor', 'enforce' or an object such as { mode: 'enforce' }",
    test: (v) => ['off', 'monitor', 'enforce'].includes(v as string) || accept.object.test(v),
  },
  deviceCookie: {
    accepts: "false, or a name that begins with '__Host-'",
    test: (v) => v === false || (typeof v === 'string' && HOST_COOKIE.test(v)),
  },
  cookie: {
    accepts: "true, false, or a name that begins with '__Host-'",
    test: (v) => typeof v === 'boolean' || (typeof v === 'string' && HOST_COOKIE.test(v)),
  },
  clearSiteData: {
    accepts: "a list of 'cache', 'cookies', 'storage' and 'executionContexts'",
    test: (v) =>
      Array.isArray(v) &&
      v.every((one) => ['cache', 'cookies', 'storage', 'executionContexts'].includes(one as string)),
  },
  analytics: accept.boolean,
  maxKnown: acceptNumber('sessions', 100, 10_000_000),
  onStoreFailure: acceptOneOf('closed', 'open', 'last-known-good'),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

function isLimit(value: unknown): boolean {
  return (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) || accept.object.test(value)
}

/** @throws SecurityError ERR_OPTION */
export function checkTrackerOptions(options: unknown): asserts options is SessionTrackerOptions {
  checkOptions<SessionTrackerOptions>('sessionTracker', options, rules)
}
