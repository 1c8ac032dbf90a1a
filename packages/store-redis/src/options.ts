import {
  accept,
  acceptNumber,
  checkOptions,
  optionError,
  type Clock,
  type OptionRule,
  type OptionRules,
} from '@sallyport/core'
import { kindOf, type RedisClient } from './clients.ts'
import type { RedisConcession } from './suitability.ts'

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /**
   * The app's own client, connected or not: of `createClient()`, `createCluster()` or `createClientPool()` of `redis` 6, or a `Redis` or `Cluster` of `ioredis` 5 or
   * 6. The store makes connections of its own like it (`duplicate()`) and leaves it as it is. A pool must be connected.
   */
  readonly client: RedisClient
  /** What every key and channel begins with, after the client's own `keyPrefix`. Letters, digits and `. _ : -`. @default 'sallyport' */
  readonly prefix?: string
  /**
   * Whether you vouch that Redis keeps what it has acknowledged: `appendonly yes` with `appendfsync always`, or replicas and the option
   * `replicas`. The store then says so (`store.durable`).
   * @default false
   */
  readonly durable?: boolean
  /** Replicas that must have a write before it is acknowledged; where they have not within 100 ms, it is refused. @default 0 */
  readonly replicas?: number
  /**
   * What to put up with: `'eviction'`, a Redis that drops keys when its memory is full; `'unchecked'`, one that does not tell whether it would.
   * @default []
   */
  readonly accept?: readonly RedisConcession[]
  /**
   * Time for one call, in milliseconds. A connection on which one has waited longer is replaced. Not less than the environment's
   * `storeDeadline`.
   * @default 500
   */
  readonly timeout?: number
  /** Where timers come from; times are the server's. @default the machine's clock */
  readonly clock?: Clock
}

const CONCESSIONS: readonly RedisConcession[] = ['eviction', 'unchecked']

const clientRule: OptionRule = {
  accepts:
    "a client of 'redis' 6 (createClient, createCluster, createClientPool) or of 'ioredis' 5 or 6 (Redis, Cluster)",
  test: (v) => kindOf(v) !== undefined,
  // What is no client may be a connection string.
  secret: true,
}

const rules: OptionRules<RedisStoreOptions> = {
  client: clientRule,
  prefix: {
    accepts: '1 to 64 letters, digits and . _ : -',
    test: (v) => typeof v === 'string' && /^[\w.:-]{1,64}$/.test(v),
  },
  durable: accept.boolean,
  replicas: { accepts: 'a whole number of replicas from 0 to 100', test: (v) => isWhole(v, 100) },
  accept: {
    accepts: `a list of ${CONCESSIONS.map((one) => `'${one}'`).join(' and ')}`,
    test: (v) => Array.isArray(v) && v.every((one) => CONCESSIONS.includes(one as RedisConcession)),
  },
  timeout: acceptNumber('milliseconds', 10, 60_000),
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
}

/** @throws SecurityError ERR_OPTION */
export function checkStoreOptions(options: unknown): asserts options is RedisStoreOptions {
  checkOptions<RedisStoreOptions>('createRedisStore', options, rules)
  checkClient('createRedisStore', options.client)
}

/** @throws SecurityError ERR_OPTION */
export function checkClient(factory: string, client: unknown): asserts client is RedisClient {
  if (!clientRule.test(client)) throw optionError(factory, 'client', client, clientRule)
}
