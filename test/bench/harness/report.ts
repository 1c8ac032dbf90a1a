import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Profile } from './profile.ts'
import type { Summary } from './statistics.ts'

/** One contender in one table. What does not apply is absent. */
export interface Row {
  readonly contender: string
  /** Why it has no figures. */
  readonly unavailable?: string
  readonly note?: string
  /** Against the table's reference, from the same round: above 1 is better. */
  readonly ratio?: Summary
  /** CPU time of one operation, in microseconds. */
  readonly cpuMicros?: Summary
  /** That without what the bench itself spends on an operation. */
  readonly netCpuMicros?: Summary
  /** Operations for one second of CPU time. */
  readonly perCpuSecond?: Summary
  /** Operations for one second on the clock. */
  readonly perSecond?: Summary
  /** Latency in milliseconds. */
  readonly p50?: Summary
  readonly p97_5?: Summary
  readonly p99?: Summary
  /** Share of the window that the server process was on a CPU. */
  readonly busy?: Summary
  /** Bytes of the process. */
  readonly rss?: number
  /** Bytes on the heap that stayed because of what was measured. */
  readonly kept?: number
}

export interface Table {
  readonly title: string
  /** Tables of one title and the same contenders are printed side by side; this names the columns of each. */
  readonly column?: string
  /** The contender whose ratio is 1. */
  readonly reference: string
  readonly rows: readonly Row[]
}

/** Something that ours must reach. */
export interface Bar {
  readonly text: string
  readonly actual: string
  readonly reached: boolean
}

export interface SuiteReport {
  readonly name: string
  readonly about: string
  readonly timed: string
  readonly seconds: number
  readonly tables: readonly Table[]
  readonly bars: readonly Bar[]
}

export interface Report {
  readonly schema: 1
  readonly startedAt: string
  readonly profile: Profile['name']
  readonly repeats: number
  readonly cpu: string
  readonly node: { readonly contenders: string; readonly load: string }
  /** Bare Express 5 in this run, in CPU microseconds for one request: what absolute figures are to be read against. */
  readonly reference: Summary
  readonly suites: readonly SuiteReport[]
}

export function describeCpu(): string {
  const all = cpus()
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}`
}

const folder = new URL('../results/', import.meta.url)

/** Writes the report as JSON and gives the file's path. */
export function writeReport(report: Report): string {
  mkdirSync(folder, { recursive: true })
  const suites = report.suites.map(({ name }) => name).join('+')
  const file = new URL(`${report.startedAt.replaceAll(/[:.]/g, '-')}-${suites}-${report.profile}.json`, folder)
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file.pathname
}
