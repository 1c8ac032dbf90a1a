import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { UsageError } from '../command.ts'
import { isKeyKind, type KeyKind, type StoredKey } from './kinds.ts'

/** Keys in a file, as the options of the package that uses them take them: `keys`. The first makes, all open or are published. */
export interface KeyFile {
  readonly kind: KeyKind
  /** The key that was added and is not yet used, until every node has it. */
  readonly next?: string
  /** When each key was made, by its name. */
  readonly made: Readonly<Record<string, string>>
  readonly keys: readonly StoredKey[]
}

/** Whether others than the owner can read a file. */
export function isReadByOthers(file: string): boolean {
  return process.platform !== 'win32' && existsSync(file) && (statSync(file).mode & 0o077) !== 0
}

/**
 * Reads a key file; nothing where there is none.
 * @throws UsageError for what is none; it shows nothing of what is in it
 */
export function readKeyFile(file: string): KeyFile | undefined {
  if (!existsSync(file)) return undefined
  let read: Partial<KeyFile> | null
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as Partial<KeyFile> | null
  } catch {
    throw new UsageError(`${file} is no JSON`)
  }
  const { kind, keys, made = {}, next } = Object(read) as Partial<KeyFile>
  if (!isKeyKind(kind) || !Array.isArray(keys) || keys.length === 0 || !keys.every(isNamed)) {
    throw new UsageError(
      `${file} is no key file: it needs \`kind\` and \`keys\`, each with a name, as this command writes them`,
    )
  }
  return { kind, made, keys, ...(next !== undefined && { next }) }
}

function isNamed(key: unknown): boolean {
  const { id, kid } = Object(key) as StoredKey
  const name: unknown = kid ?? id
  return typeof name === 'string' && name !== ''
}

/**
 * Changes a key file while nobody else does. The file is whole at any time, and only its owner reads it.
 * @param change gives the new content, or nothing to leave it
 */
export async function changeKeyFile(path: string, change: () => Promise<KeyFile | undefined>): Promise<void> {
  // A link stays one: what it points to is replaced.
  const file = existsSync(path) ? realpathSync(path) : path
  const lock = `${file}.lock`
  takeLock(lock)
  try {
    const content = await change()
    if (content !== undefined) replace(file, `${JSON.stringify(content, undefined, 2)}\n`)
  } finally {
    rmSync(lock, { force: true })
  }
}

function takeLock(lock: string): void {
  try {
    writeFileSync(lock, '', { flag: 'wx', mode: 0o600 })
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new UsageError(`another rotation is under way; if there is none, remove ${lock}`)
    throw new UsageError(`${dirname(lock)} cannot be written (${code ?? 'unknown'})`)
  }
}

function replace(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}
