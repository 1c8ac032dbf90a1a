import { randomBytes, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { KeyRing } from '@sallyport/core'
import { readLog, type LogSource } from '../read/log-reader.ts'
import type { LogWriter } from '../recorder.ts'
import { writeWhole } from '../vault/files.ts'
import { openIdentity, writeIdentity, type Identity } from './identity.ts'
import { WritingThread } from './thread.ts'

/** What a backend is opened with. */
export interface BackendSettings {
  readonly origin: string | undefined
  readonly keyRing: KeyRing | undefined
  readonly signingKey: KeyObject | undefined
  readonly encrypt: boolean
  readonly segmentBytes: number
  readonly sync: boolean
}

/** Where a log is kept. */
export interface LogBackend {
  /** What writes it; the log is made where there is none. */
  writer(): Promise<LogWriter>
  source(): Promise<LogSource>
  identity(): Promise<Identity>
  keepIdentity(identity: Identity): Promise<void>
  keepWitnessed(note: string): Promise<void>
}

/** Makes a backend; what `postgresLog()` gives. */
export interface AuditLog {
  open(settings: BackendSettings): LogBackend
}

/** A log in a folder, written by a thread. */
export function folderLog(directory: string): AuditLog {
  return {
    open({ origin, keyRing, signingKey, ...rest }) {
      const place = { directory, keyRing, signingKey }
      const mark = randomBytes(12).toString('hex')
      return {
        writer: async () => new WritingThread({ ...(await openIdentity(place, origin)), directory, mark, ...rest }),
        source: () => readLog({ directory, ...(keyRing && { keyRing }) }),
        identity: () => openIdentity(place, undefined),
        keepIdentity: (identity) => writeIdentity(place, identity),
        async keepWitnessed(note) {
          writeWhole(join(directory, 'witnessed'), Buffer.from(note))
        },
      }
    },
  }
}
