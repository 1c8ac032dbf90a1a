import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import semver from 'semver'
import { OLDEST_NODE, type Manifest } from './manifest.ts'

/** A package in somebody's runtime dependency tree. */
export interface Dependency extends Manifest {
  /** The packages that lead to it. */
  readonly path: readonly string[]
  /** Whether npm would compile it when it is installed. */
  readonly compiles: boolean
}

/** Everything that comes along when the package in `folder` is installed. */
export function runtimeTree(folder: string, path: readonly string[] = [], seen = new Set<string>()): Dependency[] {
  const real = realpathSync(folder)
  if (seen.has(real)) return []
  seen.add(real)
  const manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as Manifest
  const here = [...path, manifest.name ?? folder]
  const required = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
  return [
    { ...manifest, path: here, compiles: existsSync(join(real, 'binding.gyp')) },
    ...required.flatMap((name) => runtimeTree(folderOf(name, real), here, seen)),
  ]
}

function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} needs, is not installed`)
  }
}

const LICENCES = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])
const AT_INSTALL = ['preinstall', 'install', 'postinstall']

/** What we ask our users to install: permissive licences, nothing that runs at install time, our oldest Node. */
export function dependencyViolations(tree: readonly Dependency[], node: string = OLDEST_NODE): string[] {
  return tree.flatMap((dependency) => {
    const { license, scripts, engines, compiles, path } = dependency
    const found: string[] = []
    if (!isPermissive(license)) found.push(`has the licence ${String(license)}`)
    if (compiles || AT_INSTALL.some((name) => scripts?.[name] !== undefined))
      found.push('runs something when installed')
    if (!semver.satisfies(node, engines?.node ?? '*')) found.push(`does not run on Node ${node}`)
    return found.map((what) => `${path.join(' → ')} ${what}`)
  })
}

function isPermissive(license: unknown): boolean {
  if (typeof license !== 'string') return false
  return license
    .replaceAll(/[()]/g, '')
    .split(/ or /i)
    .some((one) => LICENCES.has(one.trim()))
}
