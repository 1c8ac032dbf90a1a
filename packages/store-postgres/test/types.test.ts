import type { Store } from '@sallyport/core'
import {
  checkPostgres,
  createPostgresStore,
  migrate,
  type PostgresFinding,
  type PostgresPool,
} from '@sallyport/store-postgres'
import type { Client, ClientConfig, Pool, PoolConfig } from 'pg'
import { describe, expectTypeOf, it } from 'vitest'

describe('types', () => {
  it('take the pool of pg as it is, and nothing that is none', () => {
    expectTypeOf<Pool>().toExtend<PostgresPool>()
    expectTypeOf<Client>().not.toExtend<PostgresPool>()
    expectTypeOf<PoolConfig>().not.toExtend<PostgresPool>()
  })

  it('take the options of a client for the connection that listens', () => {
    expectTypeOf<ClientConfig>().toExtend<NonNullable<Parameters<typeof createPostgresStore>[0]['listen']>>()
  })

  it('answer stores and findings', () => {
    expectTypeOf(createPostgresStore).returns.toExtend<Store>()
    expectTypeOf(checkPostgres).returns.resolves.toEqualTypeOf<readonly PostgresFinding[]>()
    expectTypeOf(migrate).returns.resolves.toEqualTypeOf<{ readonly from: number; readonly to: number }>()
  })
})
