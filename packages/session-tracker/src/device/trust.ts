import type { DeviceRecord } from './devices.ts'

const MONTH = 30 * 86_400

/**
 * How well a device is known to its account, from 0 (never seen) to 1: that it was seen at all, how long ago for the first time, how many
 * logins there were since, and that its user trusts it. @param now seconds
 */
export function trustOf(record: DeviceRecord | undefined, now: number): number {
  if (record === undefined) return 0
  const age = Math.min(1, Math.max(0, now - record.firstSeenAt) / MONTH)
  const use = Math.min(1, record.logins / 10)
  const trusted = (record.trustedUntil ?? 0) > now ? 1 : 0
  return Math.round((0.2 + 0.2 * age + 0.2 * use + 0.4 * trusted) * 100) / 100
}
