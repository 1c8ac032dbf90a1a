import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

/** A server that tests may use side by side with others, under names of their own. */
export interface SharedServer {
  readonly url: string
  /** Ends it, if it is the tests' own. */
  stop(): Promise<void>
}

/** The Redis that `REDIS_URL` names, else a private one. */
export function redisForTests(): Promise<SharedServer> {
  return given('REDIS_URL') ?? startRedis()
}

/** The PostgreSQL that `DATABASE_URL` names, else a private one. */
export function postgresForTests(): Promise<SharedServer> {
  return given('DATABASE_URL') ?? startPostgres()
}

function given(variable: string): Promise<SharedServer> | undefined {
  const url = process.env[variable]
  return url === undefined || url === '' ? undefined : Promise.resolve({ url, stop: () => Promise.resolve() })
}
