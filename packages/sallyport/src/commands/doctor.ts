import { systemClock } from '@sallyport/core'
import { UsageError, type Command, type Output } from '../command.ts'
import { readVariables } from '../configuration/variables.ts'
import { examine, weights } from '../doctor/examine.ts'
import type { Finding, Severity } from '../doctor/finding.ts'
import { configFile, environmentIn, readEnvironment, readOptions } from '../doctor/patient.ts'

export const command: Command = {
  summary: 'checks configuration and deployment, and says what to do',
  usage: `[options]

  Looks at sallyport.config.* (here or in src), at the environment variables, and at the servers that they name. It changes nothing.

  --config <file>     the configuration file
  --variables <file>  variables that are not set in this process (.env)
  --module <file>     a module that exports the guard or its environment; it is loaded
  --export <name>     of the module (guard, its default, or the only one)
  --url <url>         the app's address as its users know it: looks at TLS and at the clock
  --production        judge as in production (as where NODE_ENV is production)
  --offline           ask nothing over the network
  --fail-on <severity> exit with 1 from here on: high, medium or low (medium)
  --ignore <ids>      findings that were accepted, with commas between`,
  options: {
    config: { type: 'string' },
    // Not --env-file: Node takes that for itself, wherever it stands.
    variables: { type: 'string' },
    module: { type: 'string' },
    export: { type: 'string' },
    url: { type: 'string' },
    production: { type: 'boolean', default: false },
    offline: { type: 'boolean', default: false },
    'fail-on': { type: 'string', default: 'medium' },
    ignore: { type: 'string', default: '' },
  },

  async run({ values, words, json }, output) {
    if (words.length > 0) throw new UsageError('it takes options only')
    const text = (name: string): string | undefined => values[name] as string | undefined
    const failOn = text('fail-on') as Severity
    if (!Object.hasOwn(weights, failOn)) throw new UsageError(`--fail-on is ${Object.keys(weights).join(', ')}`)
    const url = text('url')
    if (url !== undefined && !/^https?:/.test(URL.canParse(url) ? url : ''))
      throw new UsageError('--url is an http or https URL')
    const variables = readEnvironment(text('variables'))
    const file = configFile(text('config'))
    const module = text('module')
    const production = values['production'] === true || variables['NODE_ENV'] === 'production'
    const all = await examine({
      production,
      options: file === undefined ? undefined : await readOptions(file),
      variables,
      settings: readVariables(variables).settings,
      env: module === undefined ? undefined : await environmentIn(module, text('export')),
      clock: systemClock,
      url,
      offline: values['offline'] === true,
      progress: output.progress,
    })
    const ignored = new Set(
      text('ignore')!
        .split(',')
        .map((id) => id.trim()),
    )
    const findings = all.filter(({ id }) => !ignored.has(id))
    const failing = findings.filter(({ severity }) => weights[severity] >= weights[failOn])
    const looked = { config: file ?? null, module: module ?? null, production }
    if (json) output.out(`${JSON.stringify({ ...looked, findings, ok: failing.length === 0 }, undefined, 2)}\n`)
    else print(findings, looked, output)
    return failing.length === 0 ? 0 : 1
  },
}

const COLOURS = { high: 'red', medium: 'yellow', low: 'dim' } as const

function print(
  findings: readonly Finding[],
  { config, production }: { readonly config: string | null; readonly production: boolean },
  { out, paint }: Output,
): void {
  const place = production ? 'as in production' : 'as in development; --production judges more'
  out(`Looked at ${config ?? 'no configuration file: there is none'} and the environment variables, ${place}.\n\n`)
  for (const { id, severity, what, why, fix, asvs } of findings) {
    out(
      `${paint(COLOURS[severity], severity.padEnd(6))}  ${paint('bold', id)}${asvs === undefined ? '' : `  ASVS ${asvs}`}\n`,
    )
    out(`        ${printable(what)}\n        ${why}\n        Fix: ${printable(fix)}\n`)
  }
  out(findings.length === 0 ? `${paint('green', 'Nothing was found.')}\n` : `\n${findings.length} found.\n`)
}

/** Paths and messages of others move no cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ')
}
