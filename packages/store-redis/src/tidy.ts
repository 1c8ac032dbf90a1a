import type { Commander } from './commander.ts'
import type { Argument, Home, Names } from './names.ts'
import { tidyList } from './scripts/entries.ts'
import { tidyLog } from './scripts/logs.ts'
import type { Send } from './link.ts'

/** Keys that a node looks at in one step. */
const STEP = '1000'

/**
 * Removes what Redis does not by itself: members of owners' lists whose entries have ended, and ended records of logs. Goes through all keys of
 * the server, some at a time.
 */
export async function tidy(commander: Commander, names: Names): Promise<number> {
  let removed = 0
  for (const node of await commander.masters()) {
    for await (const found of scan(node, names.pattern)) {
      for (const key of found) {
        const home = names.homeOf(key)
        if (home) removed += await tidyOne(commander, home)
      }
    }
  }
  return removed
}

async function* scan(node: Send, pattern: string): AsyncGenerator<readonly Buffer[]> {
  let cursor = '0'
  do {
    const [next, keys] = (await node(['SCAN', cursor, 'MATCH', pattern, 'COUNT', STEP])) as [Buffer, Buffer[]]
    yield keys
    cursor = String(next)
  } while (cursor !== '0')
}

async function tidyOne(commander: Commander, { kind, keys }: Home): Promise<number> {
  let removed = 0
  for (let from: unknown = '-'; String(from) !== '';) {
    const reply = await commander.read(kind === 'list' ? tidyList : tidyLog, keys, [from as Argument])
    const [count, next] = reply as [number, Buffer]
    removed += count
    from = next
  }
  return removed
}
