import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages, read, repositoryFiles, root } from '../architecture/repository.ts'

/** A package as the registry would get it. */
export interface Packed {
  readonly folder: string
  readonly name: string
  readonly tarball: string
}

/** Packs all packages into a folder. They must have been built, as `test` does first. */
export function packAll(into: string): Packed[] {
  mkdirSync(into, { recursive: true })
  const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
  npx([packageManager, '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', into], root)
  const made = readdirSync(into)
  return publishedPackages(repositoryFiles()).map(({ folder, manifest }) => {
    const { name = '', version = '' } = manifest
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
    if (!made.includes(file)) throw new Error(`${name} was not packed: there is only ${made.join(', ')}`)
    return { folder, name, tarball: join(into, file) }
  })
}

function npx(args: readonly string[], cwd: string): void {
  execFileSync('npx', ['-y', ...args], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
