import type { Output, Style } from './command.ts'

/** What is used of a stream. */
interface Stream {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

/** Where a command line runs. */
export interface Surroundings {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
}

const CODES: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
}

const WIDTH = 30
const CLEAR = '\r\u001b[K'

/** The way out to a terminal, or to whatever stands in its place: a file, a pipe, the log of a build. */
export function outputTo({ stdout, stderr, env }: Surroundings): Output {
  // https://no-color.org: set and not empty, whatever it says.
  const coloured = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  let shown = ''
  const clear = (): void => {
    if (shown !== '') stderr.write(CLEAR)
    shown = ''
  }
  return {
    out(text) {
      clear()
      stdout.write(text)
    },
    err(text) {
      clear()
      stderr.write(text)
    },
    paint(style, text) {
      const [on, off] = CODES[style]
      return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text
    },
    progress(done, total) {
      if (stderr.isTTY !== true || env['TERM'] === 'dumb') return
      const text = bar(done, total)
      if (text !== shown) stderr.write(`\r${text}`)
      shown = text
    },
  }
}

function bar(done: number, total: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  return `[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${Math.round(share * 100)} %`
}
