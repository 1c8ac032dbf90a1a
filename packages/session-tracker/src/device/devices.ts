import type { Put, Store, Version } from '@sallyport/core'
import { partitionOf } from '../account.ts'
import { fingerprintOf } from '../client/observer.ts'
import type { ClientInfo } from '../client/user-agent.ts'
import type { Seen } from '../record.ts'
import { decodeDevice, encodeDevice } from './device-form.ts'

/** A device that an account was used on. Times are in seconds since the Unix epoch. */
export interface DeviceRecord {
  readonly firstSeenAt: number
  /** Of the last login. */
  readonly lastSeenAt: number
  readonly logins: number
  readonly client: ClientInfo
  readonly fingerprint: string
  readonly network?: string
  readonly countries: readonly string[]
  /** What the user calls it. */
  readonly name?: string
  /** Until when the user trusts it. */
  readonly trustedUntil?: number
}

export interface FoundDevice {
  readonly id: string
  readonly record: DeviceRecord
  readonly version: Version
}

const OWNER = 'd'
const PREFIX = 'd'
const KEPT = 400 * 86_400_000

/** More are a script's, or nobody can tell them apart: the one used longest ago is forgotten. */
export const MOST_DEVICES = 50
const MOST_COUNTRIES = 20

/** Devices in the store, beside the sessions of their account. */
export class Devices {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async list(tag: string): Promise<FoundDevice[]> {
    const entries = await this.#store.listOwned(partitionOf(tag), OWNER, { limit: MOST_DEVICES * 2 })
    return entries.map(({ id, value, version }) => {
      return { id: id.slice(PREFIX.length), record: decodeDevice(value), version }
    })
  }

  async find(tag: string, id: string): Promise<FoundDevice | undefined> {
    const entry = await this.#store.get({ partition: partitionOf(tag), id: PREFIX + id })
    return entry && { id, record: decodeDevice(entry.value), version: entry.version }
  }

  put(id: string, record: DeviceRecord, condition: Put['if']): Put {
    const value = encodeDevice(record)
    return { put: PREFIX + id, value, ttl: KEPT, owner: OWNER, ...(condition !== undefined && { if: condition }) }
  }

  /** Changes a device unless somebody was faster. */
  async replace(tag: string, { id, version }: FoundDevice, record: DeviceRecord): Promise<boolean> {
    return (await this.#store.commit(partitionOf(tag), [this.put(id, record, { version })])).ok
  }

  async remove(tag: string, id: string): Promise<boolean> {
    return (await this.#store.commit(partitionOf(tag), [{ delete: PREFIX + id, if: 'present' }])).ok
  }
}

export function deletionOf(id: string): { readonly delete: string } {
  return { delete: PREFIX + id }
}

/** Under which name a device is kept: its own, or that of its kind where it keeps no cookie, such as an app with tokens. */
export function slotOf(seen: Seen): string {
  return seen.device ?? `kind-${fingerprintOf(seen)}`
}

/** A device after one more login on it. @param now seconds */
export function afterLogin(before: DeviceRecord | undefined, seen: Seen, now: number): DeviceRecord {
  const country = seen.place?.country
  const countries = before?.countries ?? []
  return {
    ...before,
    firstSeenAt: before?.firstSeenAt ?? now,
    lastSeenAt: now,
    logins: (before?.logins ?? 0) + 1,
    client: seen.client,
    fingerprint: fingerprintOf(seen),
    ...(seen.network !== undefined && { network: seen.network }),
    countries:
      country === undefined || countries.includes(country) ? countries : [...countries, country].slice(-MOST_COUNTRIES),
  }
}
