import { statSync } from 'node:fs'

/** Which file is at a path. Another one in its place has another `id`. */
export interface FileState {
  /** Device and inode. A file that somebody has open keeps its own. */
  readonly id: string
  readonly inode: string
  /** Nothing is in it: somebody emptied it, or it was just made. */
  readonly empty: boolean
}

/** What is at the path now; `undefined` for nothing. */
export function fileAt(path: string): FileState | undefined {
  // As bigints: inodes of some file systems are beyond what a number tells apart.
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (found === undefined) return undefined
  return { id: `${found.dev}:${found.ino}`, inode: String(found.ino), empty: found.size === 0n }
}

/** Whether the file with this `id` is still at the path, with something in it. */
export function isStillAt(path: string, id: string): boolean {
  const found = fileAt(path)
  return found?.id === id && !found.empty
}
