import type { ListeningClient } from './listener.ts'
import { clientOf, type PostgresPool } from './pool.ts'

/** Quiet time after which the system probes whether the other side is still there, in milliseconds. */
const KEEP_ALIVE = 10_000

/** A connection apart from the pool: by its own options, or by those of the pool. */
export function listeningClient(pool: PostgresPool, own: object | undefined, timeout: number): ListeningClient {
  const Client = clientOf(pool) as new (config: object) => ListeningClient
  return new Client({
    fallback_application_name: 'sallyport-listen',
    keepAliveInitialDelayMillis: KEEP_ALIVE,
    ...(own ?? optionsOf(pool)),
    keepAlive: true,
    connectionTimeoutMillis: timeout,
  })
}

/** All of them: the pool hides the password from whoever copies its options. */
function optionsOf(pool: PostgresPool): object {
  const options = pool.options as { readonly password?: unknown }
  return { ...options, password: options.password }
}
