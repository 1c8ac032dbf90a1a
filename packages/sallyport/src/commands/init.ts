import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError, type Command } from '../command.ts'
import { adviceFor, packagesFor } from '../init/advice.ts'
import { detect, type Found } from '../init/detect.ts'
import { starterFor } from '../init/starter.ts'

export const command: Command = {
  summary: 'writes a commented starter for the app in a folder, and says which lines to add',
  usage: `[folder] [options]

  Looks at package.json and the sources, and runs nothing of the app. A file that is there already is left as it is.

  --dry-run           say what would be written`,
  options: { 'dry-run': { type: 'boolean', default: false } },

  async run({ values, words, json }, { out, err, paint }) {
    const [folder = '.', ...others] = words
    if (others.length > 0) throw new UsageError('give one folder')
    const dry = values['dry-run'] === true
    const found = detect(resolve(folder))
    const written: string[] = []
    const kept: string[] = []
    for (const { path, text } of starterFor(found)) {
      const file = join(found.folder, path)
      if (dry ? !existsSync(file) : isWritten(file, text)) written.push(path)
      else kept.push(path)
    }
    const install = `npm install ${packagesFor(found).join(' ')}`
    const add = adviceFor(found)
    if (json) {
      const { folder: _, sources: __, imports: ___, ...seen } = found
      out(`${JSON.stringify({ ...seen, dryRun: dry, written, kept, install, add }, undefined, 2)}\n`)
      return kept.length === 0 ? 0 : 1
    }
    out(`Found ${described(found)}\n\n`)
    for (const path of written) out(`${paint('green', dry ? 'would write' : 'wrote')} ${path}\n`)
    for (const path of kept) err(`${path} is there already and was left as it is\n`)
    out(`\n1. Install: ${paint('bold', install)}\n2. Add:\n`)
    for (const { where, line } of add) out(`   ${paint('bold', line)}\n     ${paint('dim', where)}\n`)
    out('3. Look at it: npx sallyport doctor\n')
    return kept.length === 0 ? 0 : 1
  },
}

/** Made only where there is none: between a look and a write somebody else could have made it. */
function isWritten(file: string, text: string): boolean {
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
}

function described({ framework, major, language, modules, uses, entry }: Found): string {
  const names = { nest: 'Nest', fastify: 'Fastify', hono: 'Hono', koa: 'Koa', express: 'Express', node: 'node:http' }
  const kind = `${names[framework]}${major === undefined ? '' : ` ${major}`}`
  const form = `${language === 'ts' ? 'TypeScript' : 'JavaScript'}, ${modules === 'esm' ? 'ES modules' : 'CommonJS'}`
  const place = entry === undefined ? '' : `, made in ${entry.file}:${entry.line}`
  return `${kind} (${form})${place}${uses.length === 0 ? '' : `; it uses ${uses.join(', ')}`}`
}
