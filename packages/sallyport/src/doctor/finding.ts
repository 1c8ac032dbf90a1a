import type { Clock, Environment } from '@sallyport/core'
import type { Settings, Variables } from '../configuration/variables.ts'
import type { SallyportOptions } from '../preset/options.ts'

/** `high`: somebody can get in, or what protects is not there. `medium`: a protection is weaker than it looks. `low`: good to have. */
export type Severity = 'high' | 'medium' | 'low'

/** One thing that the doctor found. Nothing in it is secret. */
export interface Finding {
  /** For `--ignore`, and to look for in CI. */
  readonly id: string
  readonly severity: Severity
  /** What was found, and where. */
  readonly what: string
  /** What can come of it. */
  readonly why: string
  /** What to do. */
  readonly fix: string
  /** The requirement of OWASP ASVS 5.0 behind it. */
  readonly asvs?: string
}

/** What is looked at. */
export interface Patient {
  /** Whether it is judged as what stands in front of users. */
  readonly production: boolean
  /** Options of the configuration file; none where there is no such file. */
  readonly options: SallyportOptions | undefined
  readonly variables: Variables
  /** What the variables say, as far as they can be read. */
  readonly settings: Settings
  /** The environment of the guard that a module exports. */
  readonly env: Environment | undefined
  readonly clock: Clock
  /** A server that tells the time, and how it is reached: the app's own address from outside. */
  readonly url: string | undefined
  /** Whether nothing is asked over the network. */
  readonly offline: boolean
  readonly progress: (done: number, total: number) => void
}

/** Looks for some things. */
export type Check = (patient: Patient) => readonly Finding[] | Promise<readonly Finding[]>

/** Options of a part, where they are options and not a part that the app has made. */
export function optionsOf(part: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
    ? (part as Record<string, unknown>)
    : undefined
}
