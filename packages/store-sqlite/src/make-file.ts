import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes the folder and the file where there are none, for their owner alone; SQLite gives its other files the permissions of this one. */
export function makeFile(path: string): void {
  const folder = dirname(path)
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    // Only where there is none: to open and close a file that SQLite has open would end SQLite's locks on it.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    return
  }
  // The names of file and folders must be on the disk before anything in them is acknowledged.
  for (let one = folder; ; one = dirname(one)) {
    syncFolder(one)
    if (firstMade === undefined || one === dirname(firstMade)) return
  }
}

function syncFolder(folder: string): void {
  // Windows opens no folders; there names are on the disk with the file system's journal.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
