import { gistOf } from './ask.ts'
import type { Paint } from './colour.ts'
import type { Stage } from './steps.ts'
import type { Row } from './walk.ts'
import { cut, shortenIds, wrap } from './wrap.ts'

const WHO = 21
const REQUEST = 20
const STATUS = 5
/** The mark, with a space on each side. */
const MARK = 3
const GAP = 2
/** No more lines than these are shown of what the app said, and of why it was refused. */
const LINES = { passed: 2, refused: 3 }

/** Draws a walk as a table, a piece at a time. */
export interface Table {
  heading(): string
  stage(stage: Stage): string
  row(row: Row): string
}

/** Makes a table of a width, in columns. */
export function tableOf(width: number, paint: Paint): Table {
  const before = MARK + WHO + GAP + REQUEST + GAP + STATUS
  const wide = width - before >= 40
  // On a narrow terminal what does not fit beside the status goes below, from the second column on.
  const indent = ' '.repeat(wide ? before : MARK + WHO + GAP)

  return {
    heading: () =>
      `   ${paint.bold(['Who asks'.padEnd(WHO), 'Request'.padEnd(REQUEST), 'Answer'].join('  '))}\n   ${paint.dim('─'.repeat(width - 4))}`,
    stage: ({ title, note }) => {
      const beside = title.length + note.length + 6 <= width
      return `   ${paint.bold(title)}${beside ? '  ' : '\n   '}${paint.dim(note)}`
    },
    row({ step, method, path, answer, wrong }) {
      const mark = wrong === undefined ? paint.green('✓') : paint.red('✗')
      const request = `${method.padEnd(6)} ${cut(shortenIds(path), REQUEST - 7)}`.padEnd(REQUEST)
      const status = statusPaint(paint, answer.status)(String(answer.status))
      const gist = shortenIds(gistOf(answer))
      const most = answer.status < 300 ? LINES.passed : LINES.refused
      const lines = wide || gist.length > width - before ? wrap(gist, width - indent.length - 1, most) : [gist]
      const beside = wide || lines.length === 1 ? lines.splice(0, 1).join('') : ''
      return [
        ` ${mark} ${step.who.padEnd(WHO)}  ${request}  ${status}${' '.repeat(STATUS - 3)}${beside}`.trimEnd(),
        ...lines.map((line) => indent + line),
        ...(wrong === undefined ? [] : [indent + paint.red(`^ ${wrong}`)]),
      ].join('\n')
    },
  }
}

function statusPaint(paint: Paint, status: number): (text: string) => string {
  if (status < 300) return paint.green
  return status < 500 ? paint.yellow : paint.magenta
}
