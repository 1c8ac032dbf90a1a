import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { SecurityError } from '@sallyport/core'
import { UsageError, type Command, type Given, type Output } from './command.ts'
import { importFile } from './import-file.ts'

const FOLDER = new URL('./commands/', import.meta.url)

const EVERYWHERE = `  --json              one JSON text on standard output, also of what went wrong
  --help              this text

  Exits with 0 where all is well, 1 where something was found, 2 where it was used wrongly or could not do its work.`

/** Names of all commands, as they are typed. */
const commandNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => /^[a-z-]+\.[jt]s$/.test(file))
  .map((file) => file.slice(0, -3).replaceAll('-', ' '))
  .toSorted()

/**
 * Runs a command.
 * @returns the code to exit with: 0, 1 where a check failed, 2 for a wrong use and for work that could not be done
 */
export async function runCommandLine(words: readonly string[], output: Output): Promise<number> {
  const name = commandNames.find((one) => one === words.slice(0, one.split(' ').length).join(' '))
  if (name === undefined) return withoutCommand(words, output)
  const command = await load(name)
  const rest = words.slice(name.split(' ').length)
  const usage = `sallyport ${name} ${command.usage}\n${EVERYWHERE}\n`
  const json = rest.includes('--json')
  if (rest.includes('--help') || rest.includes('-h')) {
    output.out(json ? jsonOf({ name, summary: command.summary, usage }) : `${command.summary}\n\n${usage}`)
    return 0
  }
  try {
    return await command.run(givenBy(rest, command), output)
  } catch (thrown) {
    const message = messageOf(thrown)
    if (json) output.out(jsonOf({ error: message }))
    else output.err(`sallyport ${name}: ${message}\n${thrown instanceof UsageError ? `\n${usage}` : ''}`)
    return 2
  }
}

async function withoutCommand(words: readonly string[], output: Output): Promise<number> {
  const [word] = words
  const commands = await Promise.all(commandNames.map(async (name) => ({ name, summary: (await load(name)).summary })))
  const json = words.includes('--json')
  const lines = commands.map(({ name, summary }) => `  sallyport ${output.paint('bold', name.padEnd(14))} ${summary}\n`)
  const text = `${lines.join('')}\nsallyport <command> --help tells more.\n`
  if (word === undefined || ['help', '--help', '-h', '--json'].includes(word)) {
    output.out(json ? jsonOf({ commands }) : text)
    return 0
  }
  const message = `there is no command '${word}'`
  if (json) output.out(jsonOf({ error: message, commands }))
  else output.err(`sallyport: ${message}\n\n${text}`)
  return 2
}

async function load(name: string): Promise<Command> {
  const extension = import.meta.url.slice(-2)
  const file = new URL(`${name.replaceAll(' ', '-')}.${extension}`, FOLDER)
  return (await importFile(file))['command'] as Command
}

function givenBy(words: readonly string[], { options }: Command): Given {
  const known = { ...options, json: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: known, allowPositionals: true })
    const json = values['json'] === true
    return { values: json ? asJson(values) : values, words: positionals, typed: words, json } as Given
  } catch (thrown) {
    throw thrown instanceof UsageError ? thrown : new UsageError((thrown as Error).message)
  }
}

/** Where a command has several forms, `--json` is `--format json`. */
function asJson(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return values['format'] === undefined ? values : { ...values, format: 'json' }
}

/** Our own errors tell enough in a line; of another one its stack is wanted. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof UsageError || SecurityError.is(thrown)) return thrown.message
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
