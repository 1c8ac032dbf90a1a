import { COMMAND } from './command.ts'
import { paintOf, wantsColour } from './colour.ts'
import { runServe } from './run-serve.ts'
import { runWalks } from './run-walks.ts'

const USAGE = `${COMMAND}            walks through the example APIs and checks every answer
${COMMAND} --serve    keeps the Express example up, with tokens and curl lines to try`

async function main(args: readonly string[]): Promise<number> {
  const [option, ...more] = args
  if (more.length > 0 || (option !== undefined && option !== '--serve')) {
    console.error(USAGE)
    return 1
  }
  const paint = paintOf(wantsColour(process.stdout, process.env))
  const print = (text: string): void => console.log(text)
  if (option === '--serve') return runServe(print, paint)
  // Wider lines are hard to read, narrower ones break the table; a pipe has no width, and some terminals say 0.
  const width = Math.min(120, Math.max(80, process.stdout.columns || 100))
  return runWalks(print, paint, width)
}

// Whoever reads may leave before the end (`| head`): the walk ends as it would, and tidies up.
process.stdout.on('error', () => undefined)

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
