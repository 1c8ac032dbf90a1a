import { describe, it } from 'vitest'
import { postgres } from './backends.ts'
import { postgresFaults } from './faults.ts'
import { ROUNDS, suffer } from './suffer.ts'
import { expectGood } from './verdict.ts'

describe.each(postgresFaults.map((fault) => [fault.name, fault] as const))('PostgreSQL: %s', (_, fault) => {
  it(
    'lets nobody in, hangs nobody, loses nothing, and is soon over',
    { timeout: 30_000 + 20_000 * ROUNDS },
    async () => {
      expectGood(fault, await suffer(postgres, fault))
    },
  )
})
