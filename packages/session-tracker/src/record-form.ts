import type { Carrier, EndedSession, LiveSession, SessionRecord } from './record.ts'
import { RowForm, type Path } from './row.ts'

/** A record, with its own name where the name of its entry cannot hold it. */
export type Kept<Kind extends SessionRecord = SessionRecord> = Kind & { readonly sid?: string }

type Written = Record<string, unknown>

const ACCOUNT: readonly Path[] = [
  ['account', 'issuer'],
  ['account', 'subject'],
]

const live = new RowForm<Written>(2, [
  ...ACCOUNT,
  ...([['carrier'], ['createdAt'], ['lastSeenAt'], ['endsAt'], ['amr'], ['authTime'], ['key']] as const),
  ...(['browser', 'version', 'os', 'platform'] as const).map((name): Path => ['client', name]),
  ...(['country', 'city', 'asn'] as const).map((name): Path => ['place', name]),
  ...([['language'], ['address'], ['network'], ['device'], ['confirmed']] as const),
])

const ended = new RowForm<Written>(3, [
  ...ACCOUNT,
  ...([['createdAt'], ['endedAt'], ['endsAt'], ['reason'], ['key'], ['token']] as const),
])

/** Their places in this list are what is written. */
const CARRIERS: readonly Carrier[] = ['session', 'cookie', 'token']

/** Times are written as what they are after the beginning. */
const TIMES = ['lastSeenAt', 'endsAt', 'authTime', 'endedAt'] as const

export function encodeRecord(record: Kept): Uint8Array {
  const { state: _, ...kept } = record
  const written = moveTimes(kept, -kept.createdAt)
  return record.state === 'live' ? live.encode({ ...written, ...shortened(record) }) : ended.encode(written)
}

/** @throws TypeError for a record of a later version, which may say what this one cannot read */
export function decodeRecord(bytes: Uint8Array): Kept {
  const isLive = live.decode(bytes)
  if (isLive !== undefined) return { ...restored(isLive), state: 'live' } as Kept<LiveSession>
  const isEnded = ended.decode(bytes)
  if (isEnded === undefined) throw new TypeError('A session is recorded in a form of a later version')
  return { ...moveTimes(isEnded, isEnded['createdAt'] as number), state: 'ended' } as unknown as Kept<EndedSession>
}

function shortened({ carrier, network, place, confirmed }: LiveSession): Written {
  return {
    carrier: CARRIERS.indexOf(carrier),
    ...(network !== undefined && network === systemOf(place?.asn) && { network: 1 }),
    ...(confirmed && { confirmed: 1 }),
  }
}

function restored(written: Written): Written {
  const { carrier, network, place, confirmed } = written
  return {
    ...moveTimes(written, written['createdAt'] as number),
    carrier: CARRIERS[carrier as number],
    ...(network === 1 && { network: systemOf((place as LiveSession['place'])!.asn) }),
    ...(confirmed === 1 && { confirmed: true }),
  }
}

/** What a network is called where the database knows whose it is. */
function systemOf(asn: number | undefined): string | undefined {
  return asn === undefined ? undefined : `AS${asn}`
}

function moveTimes(record: object, by: number): Written {
  const moved = { ...record } as Written
  for (const name of TIMES) {
    const time = moved[name]
    if (typeof time === 'number') moved[name] = time + by
  }
  return moved
}
