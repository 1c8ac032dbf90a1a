import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import type { Manifest } from './manifest.ts'
import { parse, place, type Source } from './source.ts'

/** Doors for hosts that need one, and the umbrella; every other package is a feature or a store. */
export const DOORS: ReadonlySet<string> = new Set(['fastify', 'hono', 'nest', 'decorators'])
const GROUND = 'core'
const UMBRELLA = 'sallyport'

/**
 * Who may import what: core only `node:`; everybody else core and what their manifest declares, but no other package of
 * ours. The umbrella composes them all.
 */
export function importViolations(folder: string, manifest: Manifest, sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    parse(source).imports.flatMap(({ specifier, start }) => {
      const wrong = reasonAgainst(folder, manifest, source, specifier)
      return wrong === undefined ? [] : [`${place(source, start)} imports ${specifier}: ${wrong}`]
    }),
  )
}

function reasonAgainst(folder: string, manifest: Manifest, source: Source, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(source.path), specifier)
    return target.startsWith(`packages/${folder}/src/`) ? undefined : 'it leaves the package'
  }
  if (specifier.startsWith('node:')) return undefined
  // A command loads what it is pointed to, and the command line its own commands, in this one place.
  if (COMMAND_LOADERS.has(source.path)) return undefined
  if (builtinModules.includes(specifier)) return 'built-ins are imported as node:…'
  if (folder === GROUND) return 'core stands on Node alone'
  const name = packageOf(specifier)
  if (name === manifest.name) return 'a package does not import itself by name'
  if (!Object.hasOwn({ ...manifest.dependencies, ...manifest.peerDependencies }, name)) return 'it is not declared'
  if (specifier === '@sallyport/core/testing' && !source.path.includes('/src/testing/')) return 'that is for tests'
  return isOurs(name) && !mayBuildOn(folder, name) ? 'packages build on core alone' : undefined
}

const COMMAND_LOADERS: ReadonlySet<string> = new Set([
  `packages/${UMBRELLA}/src/import-file.ts`,
  'packages/audit-logger/src/command/import-file.ts',
])

/** What a manifest declares must keep to the floors too, also where no file imports it yet. */
export function declaredViolations(folder: string, manifest: Manifest): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  const names = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  return names
    .filter((name) => folder === GROUND || (isOurs(name) && !mayBuildOn(folder, name)))
    .map((name) => `packages/${folder} depends on ${name}`)
}

function mayBuildOn(folder: string, name: string): boolean {
  return folder === UMBRELLA || name === '@sallyport/core'
}

function isOurs(name: string): boolean {
  return name.startsWith('@sallyport/') || name === UMBRELLA
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
