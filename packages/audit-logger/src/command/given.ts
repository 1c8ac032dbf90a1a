/** Where a command writes. */
export interface CommandOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Told how many bytes of a log were read. */
  readonly onProgress?: (done: number, total: number) => void
}

/** The options of all actions. */
export interface GivenOptions {
  readonly vkey?: readonly string[]
  readonly checkpoints?: string
  readonly 'key-ring'?: string
  readonly out?: string
  readonly format?: string
  readonly json?: boolean
  readonly type?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly issuer?: string
  readonly tenant?: string
}

/** What the user did wrong: told in one line, without a stack. */
export class UsageError extends Error {}
