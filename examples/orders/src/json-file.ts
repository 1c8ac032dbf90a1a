import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Reads a JSON file; `undefined` when there is none.
 * @throws Error when it holds no JSON: it is for its owner to look at, never to be written over
 */
export async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${file} holds no JSON`)
  }
}

/**
 * Replaces a file as a whole: whoever reads it, also after a crash at any point, finds the old content or the new one. The
 * caller sees to it that no two writes of one file overlap.
 */
export async function writeJson(file: string, content: unknown): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true })
  // In the same folder, because a rename is atomic only within a file system.
  const draft = `${file}.tmp`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  await syncFolder(folder)
}

/** A rename is on disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the rename is durable with the file system's journal.
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
