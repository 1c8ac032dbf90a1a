import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from './manifest.ts'
import type { Project } from './projects.ts'
import type { Source } from './source.ts'

/** The repository's root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/** Paths of all files that belong to the repository, from its root, with forward slashes. */
export function repositoryFiles(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  } catch {
    // A copy without git is judged by what lies there.
    return walk(root).map((path) => relative(root, path).split(sep).join('/'))
  }
}

const BUILT = new Set(['node_modules', 'dist', '.git', '.snippets', 'results'])

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (BUILT.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

/** A package that is published from here. */
export interface PublishedPackage {
  /** Its folder under `packages`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Files of the package, from its folder. */
  readonly files: readonly string[]
}

/** The packages under `packages`, with their files. */
export function publishedPackages(files: readonly string[]): PublishedPackage[] {
  const folders = new Set(files.flatMap((path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? []))
  return [...folders].map((folder) => {
    const start = `packages/${folder}/`
    return {
      folder,
      manifest: JSON.parse(read(`${start}package.json`)) as Manifest,
      files: files.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length)),
    }
  })
}

/** What `tsc -b` has to build: every package and example with a tsconfig.json. */
export function projectsOf(files: readonly string[]): Project[] {
  const folders = files.flatMap((path) => /^((?:packages|examples)\/[^/]+)\/tsconfig\.json$/.exec(path)?.[1] ?? [])
  return folders.map((folder) => ({
    folder,
    manifest: JSON.parse(read(`${folder}/package.json`)) as Manifest,
    references: referencesOf(`${folder}/tsconfig.json`),
  }))
}

/** The projects that a tsconfig.json refers to. */
export function referencesOf(path: string): string[] {
  const { references = [] } = JSON.parse(read(path)) as { references?: { path: string }[] }
  return references.map((reference) => reference.path)
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The files that match, with their text. */
export function sourcesOf(files: readonly string[], pattern: RegExp): Source[] {
  return files.filter((path) => pattern.test(path)).map((path) => ({ path, text: read(path) }))
}
