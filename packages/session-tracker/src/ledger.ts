import type { Put, Store, Version } from '@sallyport/core'
import { partitionOf } from './account.ts'

/** What holds for all sessions of an account. It changes with every login, so that two at the same moment know of each other. */
export interface Ledger {
  /** When all of the account's sessions were ended for the last time, in seconds. */
  readonly endedAt?: number
}

export interface FoundLedger {
  readonly ledger: Ledger
  /** Nothing where there is none yet. */
  readonly version: Version | undefined
}

const ID = 'a'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export async function findLedger(store: Store, tag: string): Promise<FoundLedger> {
  const entry = await store.get({ partition: partitionOf(tag), id: ID })
  if (entry === undefined) return { ledger: {}, version: undefined }
  return { ledger: JSON.parse(decoder.decode(entry.value)) as Ledger, version: entry.version }
}

/** The change that writes it over what was found. @param ttl seconds */
export function putLedger({ version }: FoundLedger, ledger: Ledger, ttl: number): Put {
  return {
    put: ID,
    value: encoder.encode(JSON.stringify(ledger)),
    ttl: ttl * 1000,
    if: version === undefined ? 'absent' : { version },
  }
}
