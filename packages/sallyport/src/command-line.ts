import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError, type Command, type Given, type Output } from './command.ts'
import { importFile } from './import-file.ts'

const FOLDER = new URL('./commands/', import.meta.url)

/** Names of all commands, as they are typed. */
const commandNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => /^[a-z-]+\.[jt]s$/.test(file))
  .map((file) => file.slice(0, -3).replaceAll('-', ' '))
  .toSorted()

/**
 * Runs a command.
 * @returns the code to exit with: 0, 1 where a check failed, 2 for a wrong use
 */
export async function runCommandLine(words: readonly string[], output: Output): Promise<number> {
  const name = commandNames.find((one) => one === words.slice(0, one.split(' ').length).join(' '))
  if (name === undefined) {
    const asked = words.length === 0 || ['help', '--help', '-h'].includes(words[0]!)
    const text = await overview()
    if (asked) output.out(text)
    else output.err(`sallyport: there is no command '${words[0]!}'\n\n${text}`)
    return asked ? 0 : 2
  }
  const command = await load(name)
  const rest = words.slice(name.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) {
    output.out(`${command.summary}\n\nsallyport ${name} ${command.usage}\n`)
    return 0
  }
  try {
    return await command.run(givenBy(rest, command), output)
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    output.err(`sallyport ${name}: ${thrown.message}\n\nsallyport ${name} ${command.usage}\n`)
    return 2
  }
}

async function load(name: string): Promise<Command> {
  const extension = import.meta.url.slice(-2)
  const file = new URL(`${name.replaceAll(' ', '-')}.${extension}`, FOLDER)
  return (await importFile(file))['command'] as Command
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    commandNames.map(async (name) => `  sallyport ${name.padEnd(14)} ${(await load(name)).summary}`),
  )
  return `${lines.join('\n')}\n\nsallyport <command> --help tells more.\n`
}

function givenBy(words: readonly string[], { options }: Command): Given {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
    return { values: values as Given['values'], words: positionals, typed: words }
  } catch (thrown) {
    throw new UsageError((thrown as Error).message)
  }
}
