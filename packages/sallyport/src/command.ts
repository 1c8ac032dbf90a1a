import type { ParseArgsConfig } from 'node:util'

/** How a word can stand out on a terminal. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green'

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Marks words of what goes to `out`; elsewhere than on a terminal, and where NO_COLOR is set, they stay as they are. */
  readonly paint: (style: Style, text: string) => string
  /** Shows on a terminal how far long work is. Elsewhere it says nothing. */
  readonly progress: (done: number, total: number) => void
}

/** What was given on the command line. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly words: readonly string[]
  /** All that stands behind the command's name, as it was typed: for a command that another package reads. */
  readonly typed: readonly string[]
  /** Whether `--json` was given: then `out` gets one JSON text and nothing else. Every command has the option. */
  readonly json: boolean
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
