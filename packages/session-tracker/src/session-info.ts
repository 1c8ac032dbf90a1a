import type { FoundDevice } from './device/devices.ts'
import type { Carrier, LiveSession } from './record.ts'
import type { Found } from './sessions.ts'

/** A session as its user, or who looks after users, may see it. No part of it lets anybody use the session. Times are in seconds since the Unix epoch. */
export interface SessionInfo {
  /** The public id, by which it is ended; the `sid` of its tokens. */
  readonly id: string
  readonly carrier: Carrier
  readonly createdAt: number
  /** As exact as `lastSeenInterval`. */
  readonly lastSeenAt: number
  /** When it ends, whatever happens. */
  readonly endsAt: number
  /** What the user calls the device, else browser and system, such as `Firefox on Linux`. */
  readonly name: string
  readonly browser: string
  readonly version?: string
  readonly os: string
  /** `desktop`, `mobile`, `tablet` or `tv`. */
  readonly platform?: string
  /** As the option `addresses` has it. */
  readonly address?: string
  readonly country?: string
  readonly city?: string
  /** Id of the device. */
  readonly device?: string
  /** Whether the user trusts the device. */
  readonly trusted: boolean
  /** Authentication methods (RFC 8176). */
  readonly amr: readonly string[]
}

/** @param devices of the account @param now seconds */
export function infoOf({ sid, record }: Found<LiveSession>, devices: readonly FoundDevice[], now: number): SessionInfo {
  const { client, place, address, device, carrier, createdAt, lastSeenAt, endsAt, amr } = record
  const own = devices.find(({ id }) => id === device)?.record
  return {
    id: sid,
    carrier,
    createdAt,
    lastSeenAt,
    endsAt,
    name: own?.name ?? nameOf(client),
    browser: client.browser,
    ...(client.version !== undefined && { version: client.version }),
    os: client.os,
    ...(client.platform !== undefined && { platform: client.platform }),
    ...(address !== undefined && { address }),
    ...(place?.country !== undefined && { country: place.country }),
    ...(place?.city !== undefined && { city: place.city }),
    ...(device !== undefined && { device }),
    trusted: (own?.trustedUntil ?? 0) > now,
    amr,
  }
}

/** What a device is called when its user has not said. */
export function nameOf({ browser, os }: LiveSession['client']): string {
  if (browser === 'unknown') return os === 'unknown' ? 'An unknown device' : os
  return os === 'unknown' ? browser : `${browser} on ${os}`
}
