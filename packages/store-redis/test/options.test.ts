import { SecurityError } from '@sallyport/core'
import { checkRedis, createRedisStore } from '@sallyport/store-redis'
import { Redis } from 'ioredis'
import { createClient, createSentinel } from 'redis'
import { describe, expect, it } from 'vitest'

const client = createClient({ url: 'redis://127.0.0.1:1' })

function refusal(make: () => unknown): SecurityError {
  try {
    make()
  } catch (thrown) {
    if (SecurityError.is(thrown)) return thrown
    throw thrown
  }
  throw new Error('It was accepted')
}

describe('options of createRedisStore()', () => {
  it.each([
    ['no options', undefined, 'createRedisStore: options must be an object'],
    ['no client', {}, "option `client` was a undefined that is not shown; accepted is a client of 'redis' 6"],
    ['an unknown option', { client, prefx: 'a' }, 'unknown option `prefx` (did you mean `prefix`?)'],
    [
      'an empty prefix',
      { client, prefix: '' },
      "option `prefix` was ''; accepted is 1 to 64 letters, digits and . _ : -",
    ],
    ['a prefix with a hash tag', { client, prefix: '{app}' }, "option `prefix` was '{app}'"],
    ['a long prefix', { client, prefix: 'x'.repeat(65) }, 'option `prefix` was a string of 65 characters'],
    ['a word for a promise', { client, durable: 'yes' }, "option `durable` was 'yes'; accepted is true or false"],
    ['half a replica', { client, replicas: 0.5 }, 'option `replicas` was 0.5; accepted is a whole number'],
    ['fewer than no replicas', { client, replicas: -1 }, 'option `replicas` was -1'],
    ['an unknown concession', { client, accept: ['evictions'] }, "accepted is a list of 'eviction' and 'unchecked'"],
    ['a concession that is not in a list', { client, accept: 'eviction' }, "option `accept` was 'eviction'"],
    [
      'no time',
      { client, timeout: 0 },
      'option `timeout` was 0; accepted is a number of milliseconds from 10 to 60000',
    ],
    ['a clock without timers', { client, clock: { now: () => 0 } }, 'option `clock` was an object with now'],
  ])('refuses %s', (_what, options, message) => {
    const { code, status, message: text } = refusal(() => createRedisStore(options as never))
    expect({ code, status }).toEqual({ code: 'ERR_OPTION', status: 500 })
    expect(text).toContain(message)
  })

  it.each([
    ['a URL', 'redis://admin:hunter2@example.com'],
    ['options of a client', { url: 'redis://admin:hunter2@example.com' }],
    [
      'a client of Sentinel, which no test of ours has seen',
      createSentinel({ name: 'x', sentinelRootNodes: [{ host: 'localhost', port: 1 }] }),
    ],
    ['a promise of a client', Promise.resolve(client)],
    ['null', null],
  ])('refuses %s as a client, and shows nothing of it', (_what, wrong) => {
    const { message } = refusal(() => createRedisStore({ client: wrong as never }))
    expect(message).not.toContain('hunter2')
    expect(message).toContain(
      "accepted is a client of 'redis' 6 (createClient, createCluster, createClientPool) or of 'ioredis' 5 or 6",
    )
  })

  it('refuses a keyPrefix that would scatter over a cluster what belongs together', () => {
    const wrong = new Redis({ lazyConnect: true, keyPrefix: '{}app:' })
    expect(refusal(() => createRedisStore({ client: wrong })).message).toContain('keyPrefix has no empty braces')
    wrong.disconnect()
  })

  it('connects to nothing by itself', async () => {
    const store = createRedisStore({ client, durable: true, replicas: 1, accept: ['eviction', 'unchecked'] })
    expect({ kind: store.kind, durable: store.durable }).toEqual({ kind: 'redis', durable: true })
    expect(createRedisStore({ client }).durable).toBe(false)
    await store.close()
  })
})

describe('checkRedis()', () => {
  it('refuses what is no client', async () => {
    await expect(checkRedis('redis://admin:hunter2@example.com' as never)).rejects.toMatchObject({ code: 'ERR_OPTION' })
    await expect(checkRedis('redis://admin:hunter2@example.com' as never)).rejects.not.toThrow('hunter2')
  })
})
