import { yamlPolicy } from '@sallyport/rbac/yaml'
import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.ts'
import { importFile } from './import-file.ts'

/**
 * Reads a file of data: JSON, YAML, or a module, of which it is the default export or the one of the given name.
 * @throws UsageError where it cannot be read
 */
export async function readData(file: string, name: string): Promise<unknown> {
  const extension = extname(file).toLowerCase()
  try {
    if (extension === '.json') return JSON.parse(readFileSync(file, 'utf8')) as unknown
    if (extension === '.yaml' || extension === '.yml') return yamlPolicy(readFileSync(file, 'utf8'))
    if (/^\.[cm]?[jt]s$/.test(extension)) {
      const exported = await importFile(pathToFileURL(resolve(file)))
      return exported[name] ?? exported['default']
    }
  } catch (thrown) {
    throw new UsageError(`${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
  throw new UsageError(`${file} is no .json, .yaml, .yml or module`)
}
