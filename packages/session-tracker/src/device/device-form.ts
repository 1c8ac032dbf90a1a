import { RowForm } from '../row.ts'
import type { DeviceRecord } from './devices.ts'

const form = new RowForm<DeviceRecord>(2, [
  ['firstSeenAt'],
  ['lastSeenAt'],
  ['logins'],
  ['client', 'browser'],
  ['client', 'version'],
  ['client', 'os'],
  ['client', 'platform'],
  ['fingerprint'],
  ['network'],
  ['countries'],
])

export function encodeDevice(record: DeviceRecord): Uint8Array {
  return form.encode(record)
}

/** @throws TypeError for a record of a later version, which may say what this one cannot read */
export function decodeDevice(bytes: Uint8Array): DeviceRecord {
  const record = form.decode(bytes)
  if (record === undefined) throw new TypeError('A device is recorded in a form of a later version')
  return record
}
