import { createHash } from 'node:crypto'

/** One atomic step on the server. */
export interface Script {
  readonly source: string
  /** By which the server knows it, once it has seen it. */
  readonly sha: string
}

/**
 * How a script stands to a full server. A script that would add is refused as a whole before it begins, so that it is never done by half;
 * one that only removes, or adds what is small and few, is let through.
 */
export type WhenFull = 'refused' | 'allowed'

/** Makes a script of Redis 7. */
export function script(whenFull: WhenFull, ...parts: readonly string[]): Script {
  const first = whenFull === 'allowed' ? '#!lua flags=allow-oom' : '#!lua'
  const source = [first, ...parts.map((part) => part.trim())].join('\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
