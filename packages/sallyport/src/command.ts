import type { ParseArgsConfig } from 'node:util'

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** What was given on the command line. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly words: readonly string[]
  /** All that stands behind the command's name, as it was typed: for a command that another package reads. */
  readonly typed: readonly string[]
}

/**
 * One command. It stands in a file of its own in `commands/`, exported as `command`; the file's name is what is typed, with a dash for a
 * space: `policy-test.ts` is `sallyport policy test`.
 */
export interface Command {
  /** One line. */
  readonly summary: string
  /** What stands behind the command's name, and each option with its meaning. */
  readonly usage: string
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** @returns 0 where all is well, 1 where what was asked for was found wanting */
  run(given: Given, output: Output): Promise<number>
}

/** What the user did wrong: told in one line, without a stack. */
export class UsageError extends Error {}
