import { posix } from 'node:path'
import type { Manifest } from './manifest.ts'

/** A package or example that `tsc -b` builds. */
export interface Project {
  /** Its folder, from the root. */
  readonly folder: string
  readonly manifest: Manifest
  /** Folders that its tsconfig.json refers to, as they stand there. */
  readonly references: readonly string[]
}

/**
 * What a project depends on is built before it. Without the reference the compiler builds both at once: that fails in a
 * fresh clone, and goes unnoticed where the other one was built before.
 */
export function projectViolations(projects: readonly Project[], built: readonly string[]): string[] {
  const folders = new Map(projects.map(({ folder, manifest }) => [manifest.name, folder]))
  return projects.flatMap(({ folder, manifest, references }) => {
    const found = built.includes(folder) ? [] : [`tsconfig.json does not refer to ${folder}`]
    const referred = references.map((path) => posix.join(folder, path))
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const needed = folders.get(name)
      if (needed !== undefined && !referred.includes(needed))
        found.push(`${folder}/tsconfig.json does not refer to ${needed}`)
    }
    return found
  })
}
