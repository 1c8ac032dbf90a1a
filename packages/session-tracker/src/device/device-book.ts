import type { AccountId, Environment } from '@sallyport/core'
import { eventAccount, tagOf } from '../account.ts'
import { sessionError } from '../errors.ts'
import { nameOf } from '../session-info.ts'
import { ATTEMPTS, contended } from '../sessions.ts'
import type { TrackerSettings } from '../settings.ts'
import type { DeviceRecord, Devices, FoundDevice } from './devices.ts'
import { trustOf } from './trust.ts'

/** A device as its user may see it. Times are in seconds since the Unix epoch. */
export interface DeviceInfo {
  readonly id: string
  /** What the user calls it, else browser and system. */
  readonly name: string
  readonly browser: string
  readonly os: string
  readonly firstSeenAt: number
  /** Of the last login. */
  readonly lastSeenAt: number
  readonly logins: number
  /** Until when the user trusts it; nothing where they do not. */
  readonly trustedUntil?: number
  /** How well it is known, from 0 to 1. */
  readonly trust: number
}

/** The devices of accounts. */
export class DeviceBook {
  readonly #devices: Devices
  readonly #environment: Environment

  constructor({ devices, settings }: { readonly devices: Devices; readonly settings: TrackerSettings }) {
    this.#devices = devices
    this.#environment = settings.environment
  }

  async list(account: AccountId): Promise<readonly DeviceInfo[]> {
    const now = this.#now()
    const found = await this.#devices.list(tagOf(account))
    return found.map((one) => infoOf(one, now)).toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
  }

  /**
   * Trusts a device for some time, in seconds.
   * @throws SecurityError ERR_SESSION_NOT_FOUND (404)
   */
  async trust(account: AccountId, id: string, seconds = 2_592_000): Promise<void> {
    await this.#change(account, id, (record) => ({ ...record, trustedUntil: this.#now() + seconds }))
    await this.#tell(account, id, 'trusted')
  }

  /** Whether an account trusts a device now. */
  async trusts(account: AccountId, id: string): Promise<boolean> {
    const found = await this.#devices.find(tagOf(account), id)
    return (found?.record.trustedUntil ?? 0) > this.#now()
  }

  /** @throws SecurityError ERR_SESSION_NOT_FOUND (404) */
  async distrust(account: AccountId, id: string): Promise<void> {
    await this.#change(account, id, (record) => ({ ...record, trustedUntil: 0 }))
    await this.#tell(account, id, 'distrusted')
  }

  /** Trusts no device of an account any more: after a password or a factor was changed. */
  async distrustAll(account: AccountId): Promise<void> {
    const all = await this.#devices.list(tagOf(account))
    const trusted = all.filter(({ record }) => (record.trustedUntil ?? 0) > 0)
    await Promise.all(trusted.map(({ id }) => this.distrust(account, id)))
  }

  /** @throws SecurityError ERR_SESSION_NOT_FOUND (404), ERR_SESSION_REQUEST (400) for a name that is empty or longer than 60 characters */
  async rename(account: AccountId, id: string, name: string): Promise<void> {
    const text = typeof name === 'string' ? name.trim() : ''
    if (text === '' || text.length > 60 || /\p{Cc}|\p{Cs}/u.test(text)) throw sessionError('ERR_SESSION_REQUEST')
    await this.#change(account, id, (record) => ({ ...record, name: text }))
  }

  /** Forgets a device: its next login is one from a new device. @throws SecurityError ERR_SESSION_NOT_FOUND (404) */
  async forget(account: AccountId, id: string): Promise<void> {
    if (!(await this.#devices.remove(tagOf(account), id))) throw sessionError('ERR_SESSION_NOT_FOUND')
    await this.#tell(account, id, 'forgotten')
  }

  async #change(account: AccountId, id: string, change: (record: DeviceRecord) => DeviceRecord): Promise<void> {
    const tag = tagOf(account)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#devices.find(tag, id)
      if (found === undefined) throw sessionError('ERR_SESSION_NOT_FOUND')
      if (await this.#devices.replace(tag, found, change(found.record))) return
    }
    throw contended()
  }

  async #tell(account: AccountId, device: string, change: 'trusted' | 'distrusted' | 'forgotten'): Promise<void> {
    await this.#environment.publish('device.changed', { account: eventAccount(account), device, change })
  }

  #now(): number {
    return Math.floor(this.#environment.clock.now() / 1000)
  }
}

/** @param now seconds */
function infoOf({ id, record }: FoundDevice, now: number): DeviceInfo {
  const { client, name, firstSeenAt, lastSeenAt, logins, trustedUntil } = record
  return {
    id,
    name: name ?? nameOf(client),
    browser: client.browser,
    os: client.os,
    firstSeenAt,
    lastSeenAt,
    logins,
    ...(trustedUntil !== undefined && trustedUntil > now && { trustedUntil }),
    trust: trustOf(record, now),
  }
}
