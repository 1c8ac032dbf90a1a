import type { Change, Committed, Condition, Version } from '@sallyport/core/store'
import { encodeEntry, encodeVersion, versionOf } from './entry.ts'
import { join, type Argument, type Names } from './names.ts'

/** What the scripts of a commit are given. */
export interface CommitArguments {
  readonly keys: readonly Argument[]
  readonly args: readonly Argument[]
  /** The version of each change that puts. */
  readonly versions: readonly (Version | undefined)[]
  /** Whether any of them puts. */
  readonly adds: boolean
}

export function commitArguments(names: Names, partition: string, changes: readonly Change[]): CommitArguments {
  const start = names.entries(partition)
  const keys: Argument[] = []
  const args: Argument[] = []
  const versions: (Version | undefined)[] = []
  let adds = false
  for (const change of changes) {
    if ('put' in change) {
      const entry = encodeEntry(change.value, change.owner)
      keys.push(join(start, change.put))
      args.push(conditionArgument(change.if), String(change.ttl), entry)
      versions.push(versionOf(entry))
      adds = true
    } else {
      keys.push(join(start, change.delete))
      args.push(conditionArgument(change.if), '', '')
      versions.push(undefined)
    }
  }
  keys.push(names.owners(partition))
  return { keys, args, versions, adds }
}

function conditionArgument(condition: Condition | undefined): Argument {
  if (condition === undefined) return ''
  if (condition === 'absent') return 'a'
  if (condition === 'present') return 'p'
  // What no entry's version looks like is no entry's version.
  return encodeVersion(condition.version) ?? 'n'
}

/** What the script answered: 0, or which change failed, counted from 1. */
export function committed(reply: unknown, versions: readonly (Version | undefined)[]): Committed {
  const failed = Number(reply)
  return failed === 0 ? { ok: true, versions } : { ok: false, failed: failed - 1 }
}
