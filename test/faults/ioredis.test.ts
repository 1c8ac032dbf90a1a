import { describe, it } from 'vitest'
import { ioredis } from './backends.ts'
import { anyServer } from './faults.ts'
import { ROUNDS, suffer } from './suffer.ts'
import { expectGood } from './verdict.ts'

/** What the other client's connections make of it when they fail; the rest is the server's and the same. */
const NAMES = /^(kill -9|connections (reset|half-open))/

describe.each(anyServer.filter(({ name }) => NAMES.test(name)).map((fault) => [fault.name, fault] as const))(
  'Redis by ioredis: %s',
  (_, fault) => {
    it(
      'lets nobody in, hangs nobody, loses nothing, and is soon over',
      { timeout: 30_000 + 20_000 * ROUNDS },
      async () => {
        expectGood(fault, await suffer(ioredis, fault))
      },
    )
  },
)
