import { describe, it } from 'vitest'
import { redis, redisConfirmed } from './backends.ts'
import { confirmedFaults, redisFaults } from './faults.ts'
import { ROUNDS, suffer } from './suffer.ts'
import { expectGood } from './verdict.ts'

const timeout = 30_000 + 20_000 * ROUNDS

describe.each(redisFaults.map((fault) => [fault.name, fault] as const))('Redis: %s', (_, fault) => {
  it('lets nobody in, hangs nobody, loses nothing, and is soon over', { timeout }, async () => {
    expectGood(fault, await suffer(redis, fault))
  })
})

describe.each(confirmedFaults.map((fault) => [fault.name, fault] as const))(
  'Redis whose writes wait for a replica: %s',
  (_, fault) => {
    it('lets nobody in, hangs nobody, loses nothing, and is soon over', { timeout }, async () => {
      expectGood(fault, await suffer(redisConfirmed, fault))
    })
  },
)
