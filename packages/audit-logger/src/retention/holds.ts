import { readFileSync } from 'node:fs'

/** A legal hold: nothing is deleted while it lasts. */
export interface Hold {
  /** Milliseconds since the Unix epoch; without, until it is lifted. */
  readonly until?: number
}

export function readJson(file: string): Readonly<Record<string, Hold>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Hold>>
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw thrown
  }
}
