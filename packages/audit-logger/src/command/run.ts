import { parseArgs } from 'node:util'
import { SecurityError } from '@sallyport/core'
import { actions } from './actions.ts'
import { UsageError, type CommandOutput } from './given.ts'

export type { CommandOutput } from './given.ts'

/** How the command is used. */
export const auditUsage = `<action> [options]

  verify <directory>               reads a whole log and names the first bad record
  prove <index> <directory>        writes a proof of one record, which anyone can check offline
  check <proof file>               checks such a proof, without the log
  export <directory>               writes records
  forget <subject> <directory>     destroys a person's key; the app must not be writing to the log

  --vkey <key>            a verifier key that is trusted; several times for several (verify, check)
  --checkpoints <file>    checkpoints that were kept elsewhere (verify)
  --key-ring <module>     a module that exports the app's key ring as keyRing
  --out <file>            where to write; else standard output (prove, export)
  --format <form>         jsonl, csv, ocsf, ecs, cef, syslog (export); text, json (verify)
  --json                  one JSON text on standard output, also of what went wrong
  --type <type>           only of this type; several times for several (export)
  --from <time>           from this time on, in ISO 8601 (export)
  --to <time>             before this time, in ISO 8601 (export)
  --issuer <issuer>       whose account it is (forget; local)
  --tenant <tenant>       of which tenant (forget)`

/** Its options, for `parseArgs`. */
export const auditOptions = {
  vkey: { type: 'string', multiple: true },
  checkpoints: { type: 'string' },
  'key-ring': { type: 'string' },
  out: { type: 'string' },
  format: { type: 'string' },
  json: { type: 'boolean' },
  type: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  issuer: { type: 'string' },
  tenant: { type: 'string' },
} as const

/**
 * Does what `sallyport audit` is asked to.
 * @param words what stands behind `audit`
 * @returns the code to exit with: 0, 1 where something does not hold, 2 for a wrong use
 */
export async function runAuditCommand(words: readonly string[], output: CommandOutput): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: auditOptions, allowPositionals: true })
    const [name = '', ...rest] = positionals
    const action = Object.hasOwn(actions, name) ? actions[name as keyof typeof actions] : undefined
    if (action === undefined) throw new UsageError(name === '' ? 'give an action' : `there is no action '${name}'`)
    return await action(rest, values, output)
  } catch (thrown) {
    if (words.includes('--json') && (isWrongUse(thrown) || SecurityError.is(thrown))) {
      output.out(`${JSON.stringify({ error: thrown.message }, undefined, 2)}\n`)
      return isWrongUse(thrown) ? 2 : 1
    }
    if (isWrongUse(thrown)) {
      output.err(`sallyport audit: ${thrown.message}\n\nsallyport audit ${auditUsage}\n`)
      return 2
    }
    if (!SecurityError.is(thrown)) throw thrown
    output.err(`sallyport audit: ${thrown.message}\n`)
    return 1
  }
}

function isWrongUse(thrown: unknown): thrown is Error {
  if (thrown instanceof UsageError) return true
  return String((thrown as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_')
}
