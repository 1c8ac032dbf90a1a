import { SecurityError } from '@sallyport/core'
import { createSqliteStore } from '@sallyport/store-sqlite'
import { describe, expect, it } from 'vitest'

function refusal(options: unknown): SecurityError {
  try {
    createSqliteStore(options as never)
  } catch (thrown) {
    if (SecurityError.is(thrown)) return thrown
  }
  throw new Error('It was not refused')
}

describe('options of createSqliteStore()', () => {
  it.each([
    ['no options', undefined, 'createSqliteStore: options must be an object'],
    ['no path', {}, "option `path` was undefined; accepted is the path of a file, such as '/var/lib/app/sallyport.db'"],
    ['an empty path', { path: '' }, "option `path` was ''"],
    ['a database in memory, which is not durable', { path: ':memory:' }, "option `path` was ':memory:'"],
    ['a URL', { path: 'file:store.db?mode=memory' }, "option `path` was 'file:store.db?mode=memory'"],
    ['a path with NUL', { path: 'a\0b' }, 'accepted is the path of a file'],
    ['a URL object', { path: new URL('file:///tmp/store.db') }, 'accepted is the path of a file'],
    ['a misspelt option', { file: 'store.db' }, 'unknown option `file`; known are path, clock'],
    [
      'a clock that stands still',
      { path: 'store.db', clock: { now: () => 0 } },
      'option `clock` was an object with now',
    ],
  ])('refuses %s', (_, options, message) => {
    const { status, code, message: said } = refusal(options)
    expect([status, code]).toEqual([500, 'ERR_OPTION'])
    expect(said).toMatch(/^createSqliteStore: /)
    expect(said).toContain(message)
  })
})
