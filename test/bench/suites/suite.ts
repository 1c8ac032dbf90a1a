import type { Profile } from '../harness/profile.ts'
import type { Bar, Table } from '../harness/report.ts'

/** What a suite works with. */
export interface Setting {
  readonly profile: Profile
  /** Path of the Node binary that contenders run on. */
  readonly node: string
  /** Tells how far the run is. */
  readonly progress: (text: string) => void
}

/** One file of this folder: what it measures, of whom, and what ours must reach. */
export interface Suite {
  readonly name: string
  readonly about: string
  /** Exactly what is timed, printed above the tables. */
  readonly timed: string
  run(setting: Setting): Promise<{ readonly tables: readonly Table[]; readonly bars: readonly Bar[] }>
}
