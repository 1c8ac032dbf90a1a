import type { Change, Store } from '@sallyport/core'

/** What was written to a store: the place, and the bytes as text. */
export interface Written {
  readonly partition: string
  readonly id: string
  readonly text: string
}

/** A store that lets a test see what is written to it, and make one of its methods fail. */
export interface WatchedStore {
  readonly store: Store
  readonly written: readonly Written[]
  fail(method: keyof Store | undefined): void
}

export function watched(inner: Store): WatchedStore {
  const written: Written[] = []
  let failing: keyof Store | undefined
  const store = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (name === failing) return Promise.reject(new Error('cut off'))
        if (name === 'commit') note(...(args as [string, readonly Change[]]))
        return Reflect.apply(member, target, args) as unknown
      }
    },
  })
  return { store, written, fail: (method) => (failing = method) }

  function note(partition: string, changes: readonly Change[]): void {
    for (const change of changes) {
      if ('put' in change)
        written.push({ partition, id: change.put, text: Buffer.from(change.value).toString('latin1') })
    }
  }
}

/** What was written below such a name of a partition. */
export function recordsOf(written: readonly Written[], start: string): readonly string[] {
  return written.filter(({ partition }) => partition.startsWith(start)).map(({ text }) => text)
}
