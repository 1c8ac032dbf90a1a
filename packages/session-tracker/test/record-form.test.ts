import { expect, it } from 'vitest'
import { decodeDevice, encodeDevice } from '../src/device/device-form.ts'
import { decodeRecord, encodeRecord, type Kept } from '../src/record-form.ts'

const bare = {
  state: 'live',
  account: { issuer: 'local', subject: 'ada' },
  carrier: 'token',
  createdAt: 1000,
  lastSeenAt: 1000,
  endsAt: 9000,
  amr: [],
  client: { browser: 'unknown', os: 'unknown' },
} as const

const full = {
  ...bare,
  account: { issuer: 'https://id.example.com', tenant: 'acme', subject: 'ada' },
  carrier: 'session',
  amr: ['pwd', 'otp'],
  acr: 'aal2',
  // Before the session began.
  authTime: 900,
  key: 'k',
  token: 't',
  jkt: 'thumbprint',
  retired: [{ key: 'before', at: 950 }],
  login: { roles: ['admin'], scopes: ['orders:read'] },
  upstream: { issuer: 'https://login.example.com', sid: 'their name' },
  client: { browser: 'Firefox', version: '140', os: 'Linux', platform: 'desktop' },
  place: { country: 'DE', city: 'Zürich “am See”', asn: 3320 },
  language: 'de',
  hint: 'Linux',
  address: '203.0.113.0',
  network: 'AS3320',
  device: 'd',
  confirmed: true,
  sid: 'a name that is none of ours',
} as const

const ended = {
  state: 'ended',
  account: { issuer: 'local', tenant: '', subject: '' },
  createdAt: 1000,
  endedAt: 1500,
  endsAt: 9000,
  reason: 'user',
} as const

it.each<[string, Kept]>([
  ['with nothing more than it must have', bare],
  ['with all that there is', full],
  ['on another network than its place', { ...full, network: '203.0.0.0/16' }],
  ['of a place that is nearly unknown', { ...bare, place: { country: 'CH' }, network: 'AS3320' }],
  ['that has ended', ended],
  ['that has ended, with its ids', { ...ended, key: 'k', token: 't', sid: 's' }],
])('a session %s is read as it was written', (_what, record) => {
  expect(decodeRecord(encodeRecord(record))).toStrictEqual(record)
})

it('a session as most are takes less than half of itself as JSON', () => {
  const { carrier, amr, authTime, client, place, language, address, network, confirmed } = full
  const digest = 'FeRB44NgJib8OUbK0NI-8G'
  const seen = { client, place, language, address, network, confirmed, device: digest }
  const usual = { ...bare, carrier, amr, authTime, key: digest, ...seen }
  expect(encodeRecord(usual).length).toBeLessThan(JSON.stringify(usual).length / 2)
})

it('a device is read as it was written', () => {
  const { client, network } = full
  const device = { firstSeenAt: 1, lastSeenAt: 2, logins: 3, client, fingerprint: 'f', countries: [] }
  expect(decodeDevice(encodeDevice(device))).toStrictEqual(device)
  const more = { ...device, network, countries: ['DE', 'CH'], name: 'desk', trustedUntil: 0 }
  expect(decodeDevice(encodeDevice(more))).toStrictEqual(more)
})

it('what a later version has written is refused, not guessed at', () => {
  const later = new TextEncoder().encode('[9,"local","ada"]')
  expect(() => decodeRecord(later)).toThrow(TypeError)
  expect(() => decodeDevice(later)).toThrow(TypeError)
})
