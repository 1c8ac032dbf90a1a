import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { UsageError, type Command } from '../command.ts'
import { baselineOf, compare } from '../routes/baseline.ts'
import { listRoutes } from '../routes/list-routes.ts'
import { formats } from '../routes/render.ts'

export const command: Command = {
  summary: 'lists the routes of an app with the gates before them',
  usage: `<module that exports the app> [options]

  --export <name>     the export that is the app, or a function that makes it (default, app, or the only one)
  --format <form>     table, json or markdown
  --check             exits with 1 where a route is undecided or unverifiable and the baseline does not have it
  --baseline <file>   what was accepted so far, one route a line (sallyport-routes.txt)
  --write-baseline    accepts what is there now`,
  options: {
    export: { type: 'string' },
    format: { type: 'string', default: 'table' },
    check: { type: 'boolean', default: false },
    baseline: { type: 'string', default: 'sallyport-routes.txt' },
    'write-baseline': { type: 'boolean', default: false },
  },

  async run({ values, words, json }, { out, err }) {
    const [file, ...others] = words
    if (file === undefined || others.length > 0) throw new UsageError('give one module')
    const format = values['format'] as string
    if (!Object.hasOwn(formats, format)) throw new UsageError(`--format is ${Object.keys(formats).join(', ')}`)
    const list = await listRoutes(file, values['export'] as string | undefined)
    const baseline = values['baseline'] as string
    if (values['write-baseline'] === true) {
      writeFileSync(baseline, baselineOf(list))
      err(`${baseline} was written: have it reviewed\n`)
    }
    const checked = values['check'] === true
    const { added, gone } = checked
      ? compare(list, existsSync(baseline) ? readFileSync(baseline, 'utf8') : '')
      : { added: [], gone: [] }
    if (json) {
      out(`${JSON.stringify({ ...list, ...(checked && { open: added, gone }) }, undefined, 2)}\n`)
      return added.length + gone.length === 0 ? 0 : 1
    }
    out(formats[format as keyof typeof formats](list))
    for (const line of added) err(`open: ${line}\n`)
    for (const line of gone) err(`no longer needed in ${baseline}: ${line}\n`)
    if (added.length > 0) {
      err('Put access.require(), access.authenticated() or publicRoute() on each, or accept it in the baseline.\n')
    }
    return added.length + gone.length === 0 ? 0 : 1
  },
}
