import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnvironment, createKeyRing, type Environment, type EnvironmentOptions } from '@sallyport/core'
import {
  auditLogger,
  readLog,
  type AuditLogger,
  type AuditLoggerOptions,
  type AuditRecord,
  type LogSource,
} from '@sallyport/audit-logger'
import { onTestFinished } from 'vitest'
import { RecordOpener } from '../src/read/record.ts'

/** A folder that is gone when the test is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function environment(options: EnvironmentOptions = {}): Environment {
  const env = createEnvironment(options)
  onTestFinished(() => env.close().catch(() => undefined))
  return env
}

/** An audit log of a test's own. */
export interface Scene {
  readonly env: Environment
  readonly audit: AuditLogger
  readonly directory: string
  source(): Promise<LogSource>
  /** All records, as who may read the log sees them. */
  records(): Promise<AuditRecord[]>
}

export function scene(options: Partial<AuditLoggerOptions> = {}, environmentOptions: EnvironmentOptions = {}): Scene {
  const directory = options.directory ?? (options.log ? '' : join(tempFolder(), 'log'))
  const env = options.env ?? environment(environmentOptions)
  const audit = auditLogger({
    origin: 'shop.example.com/audit',
    env,
    // A machine that is busy with other suites is no slow disk.
    deadline: 60_000,
    ...(options.log ? {} : { directory }),
    ...options,
  })
  const { keyRing } = env
  const source = () => readLog({ directory, ...(keyRing && { keyRing }) })
  return {
    env,
    audit,
    directory,
    source,
    async records() {
      await audit.flush()
      // Of a log in which nothing was recorded there is nothing on the disk.
      return existsSync(directory) ? recordsOf(await source()) : []
    },
  }
}

export async function recordsOf(source: LogSource): Promise<AuditRecord[]> {
  const opener = new RecordOpener(source)
  const records: AuditRecord[] = []
  for await (const entry of source.entries(0)) records.push(await opener.open(entry))
  return records
}

export function keyRing(): ReturnType<typeof createKeyRing> {
  return createKeyRing({ keys: [{ id: 'k1', key: randomBytes(32) }] })
}

/** Every byte that a folder holds, for what must not be in it. */
export function everythingIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => path + (statSync(path).isDirectory() ? everythingIn(path) : readFileSync(path, 'latin1')))
    .join('\n')
}

export function segmentsIn(directory: string): string[] {
  return readdirSync(join(directory, 'segments'))
    .toSorted()
    .map((name) => join(directory, 'segments', name))
}

/** The message of the refusal that a wrong option gets, with its code. */
export function refusal(make: () => unknown): string {
  try {
    make()
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string }
    return `${code} ${message}`
  }
  return 'accepted'
}

/** The code with which something under way was refused. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (thrown: unknown) => (thrown as { code?: string }).code ?? String(thrown),
  )
}
