import { coreError, environmentOf, type Environment, type StoreFailurePolicy } from '@sallyport/core'
import type { AddressDetail } from './client/network.ts'
import type { GeoProvider } from './client/place.ts'
import { settleHijack, type HijackSettings } from './hijack/options.ts'
import { settleLimit, type Limit } from './limits/options.ts'
import { checkTrackerOptions } from './options.ts'

/** The options, checked and complete. Times are in seconds. */
export interface TrackerSettings {
  readonly environment: Environment
  readonly issuer: string
  readonly idle: number
  readonly absolute: number
  readonly lastSeenInterval: number
  readonly autoTrack: boolean
  readonly rotationGrace: number
  readonly addresses: AddressDetail
  readonly geo: GeoProvider | undefined
  readonly limit: Limit | undefined
  readonly hijack: HijackSettings
  readonly deviceCookie: string | undefined
  readonly cookie: string | undefined
  readonly clearSiteData: string | undefined
  readonly analytics: boolean
  readonly maxKnown: number
  readonly onStoreFailure: StoreFailurePolicy
}

/** @throws SecurityError ERR_OPTION */
export function settle(options: unknown): TrackerSettings {
  checkTrackerOptions(options)
  const { idle = 86_400, absolute = 2_592_000, lastSeenInterval = 60, cookie = false } = options
  if (idle > absolute) {
    throw coreError('ERR_OPTION', {
      message: `sessionTracker: option \`idle\` was ${idle}; accepted is at most \`absolute\` (${absolute})`,
    })
  }
  if (lastSeenInterval * 2 > idle) {
    throw coreError('ERR_OPTION', {
      message: `sessionTracker: option \`lastSeenInterval\` was ${lastSeenInterval}; accepted is at most half of \`idle\` (${idle})`,
    })
  }
  const { deviceCookie = '__Host-device', clearSiteData = ['cache', 'storage'] } = options
  return {
    environment: environmentOf(options),
    issuer: options.issuer ?? 'local',
    idle,
    absolute,
    lastSeenInterval,
    autoTrack: options.autoTrack ?? true,
    rotationGrace: options.rotationGrace ?? 30,
    addresses: options.addresses ?? 'truncated',
    geo: options.geo,
    limit: settleLimit(options.limit),
    hijack: settleHijack(options.hijack),
    deviceCookie: deviceCookie === false ? undefined : deviceCookie,
    cookie: cookie === true ? '__Host-session' : cookie === false ? undefined : cookie,
    clearSiteData: clearSiteData.length === 0 ? undefined : clearSiteData.map((one) => `"${one}"`).join(', '),
    analytics: options.analytics ?? false,
    maxKnown: options.maxKnown ?? 50_000,
    onStoreFailure: options.onStoreFailure ?? 'closed',
  }
}
