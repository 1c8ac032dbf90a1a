import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEnv } from 'node:util'
import type { Environment } from '@sallyport/core'
import { UsageError } from '../command.ts'
import type { Variables } from '../configuration/variables.ts'
import { importFile } from '../import-file.ts'
import type { SallyportOptions } from '../preset/options.ts'
import { readData } from '../read-data.ts'

const PLACES = ['', 'src/'].flatMap((folder) =>
  ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `${folder}sallyport.config.${extension}`),
)

/** The configuration file that is meant: the one that is named, or the first that is there. */
export function configFile(named: string | undefined): string | undefined {
  if (named !== undefined && !existsSync(named)) throw new UsageError(`there is no file ${named}`)
  return named ?? PLACES.find((place) => existsSync(place))
}

/** The options in a configuration file. @throws UsageError */
export async function readOptions(file: string): Promise<SallyportOptions> {
  const options = await readData(file, 'default')
  // What CommonJS exports in TypeScript's way has its default export inside.
  const inner = (options as { default?: unknown } | undefined)?.default ?? options
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return inner as SallyportOptions
  throw new UsageError(`${file} does not hold an object of options`)
}

/** The variables of this process, with those of a file where they are not set. @throws UsageError */
export function readEnvironment(file: string | undefined): Variables {
  if (file === undefined) return process.env
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env }
}

/** The environment of the guard that a module exports: as `guard`, as its default, or the only one with an `env`. @throws UsageError */
export async function environmentIn(file: string, name: string | undefined): Promise<Environment> {
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await importFile(pathToFileURL(resolve(file)))
  } catch (thrown) {
    throw new UsageError(`${file} could not be loaded: ${String(thrown)}`)
  }
  const named =
    name === undefined ? [exported['guard'], exported['default'], ...Object.values(exported)] : [exported[name]]
  const values = await Promise.all(named)
  const found = values.map(environmentOf).find((env) => env !== undefined)
  if (found === undefined) throw new UsageError(`${file} exports no guard made by sallyport(), and no environment`)
  return found
}

function environmentOf(value: unknown): Environment | undefined {
  const own = Object(value) as { readonly env?: unknown; readonly revocations?: unknown }
  if (own.revocations !== undefined) return value as Environment
  return (Object(own.env) as { revocations?: unknown }).revocations === undefined ? undefined : (own.env as Environment)
}
