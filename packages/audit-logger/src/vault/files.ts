import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The bytes of a file, or nothing. */
export function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

/** Writes a file so that it is whole, or not there; on the disk, too, when this returns, unless that is waited for elsewhere. */
export function writeWhole(file: string, bytes: Uint8Array, wait = true): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    for (let at = 0; at < bytes.byteLength;) at += writeSync(handle, bytes, at)
    if (wait) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
  if (wait) syncFolder(dirname(file))
}

/** Overwrites before it unlinks, for disks that write in place; on others only the encryption of the disk itself helps against who takes it apart. */
export function erase(file: string): void {
  if (!existsSync(file)) return
  const handle = openSync(file, 'r+')
  try {
    writeSync(handle, randomBytes(readFileSync(file).byteLength), 0)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  rmSync(file)
  syncFolder(dirname(file))
}

/** A new or removed name is on the disk when its folder is. Not every system opens folders. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (thrown) {
    if (!['EISDIR', 'EPERM', 'EINVAL'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
  }
}
