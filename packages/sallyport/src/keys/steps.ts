import { UsageError } from '../command.ts'
import type { KeyFile } from './key-file.ts'
import { drawKey, keyKinds, nameOf, type KeyKind } from './kinds.ts'

/** What a step does to the keys of a file, and what is to be done next. */
export interface Step {
  readonly file: KeyFile
  readonly done: string
  readonly next: string
}

/** The first key of a new file. */
export function begin(kind: KeyKind, algorithm: string, now: number): Step {
  const key = drawKey(kind, algorithm, now)
  return {
    file: { kind, made: { [nameOf(key)]: new Date(now).toISOString() }, keys: [key] },
    done: `${nameOf(key)} was made`,
    next: `Give the keys of the file to ${keyKinds[kind].usedBy}. Keep a copy where nobody reads it.`,
  }
}

/** Adds a key that opens and does not make yet: a node that does not know it could not read what others make. */
export function add(file: KeyFile, algorithm: string, now: number): Step {
  const { kind, made, keys, next } = file
  if (next !== undefined)
    throw new UsageError(`${next} waits already: use it by --use, or take it out by --retire ${next}`)
  const key = drawKey(kind, algorithm, now)
  const name = nameOf(key)
  return {
    file: { kind, next: name, made: { ...made, [name]: new Date(now).toISOString() }, keys: [...keys, key] },
    done: `${name} was added`,
    next: 'Take the file to every node and start them anew; then run the command with --use.',
  }
}

/** Puts the key that waits first. */
export function use({ kind, made, keys, next }: KeyFile): Step {
  const key = keys.find((one) => nameOf(one) === next)
  if (next === undefined || key === undefined)
    throw new UsageError('no key waits to be used: add one first, without --use')
  const old = nameOf(keys[0]!)
  return {
    file: { kind, made, keys: [key, ...keys.filter((one) => one !== key)] },
    done: `${next} is used from now on; ${old} is kept`,
    next: `Take the file to every node and start them anew. Keep ${old} while ${keyKinds[kind].keptWhile}; then --retire ${old}.`,
  }
}

/** Takes out a key. */
export function retire({ kind, made, keys, next }: KeyFile, name: string): Step {
  if (keys.every((one) => nameOf(one) !== name)) {
    throw new UsageError(`there is no key of that name; there are ${keys.map(nameOf).join(', ')}`)
  }
  if (nameOf(keys[0]!) === name) throw new UsageError(`${name} is in use: rotate first`)
  const { [name]: _, ...rest } = made
  return {
    file: {
      kind,
      made: rest,
      keys: keys.filter((one) => nameOf(one) !== name),
      ...(next !== name && next !== undefined && { next }),
    },
    done: `${name} was taken out`,
    next: 'Take the file to every node and start them anew.',
  }
}
