/** The store of a process of its own, over the app's own client, as a README has it. */
export async function connectStore(kind, port) {
  if (kind === 'redis') {
    const { createClient } = await import('redis')
    const { createRedisStore } = await import('@sallyport/store-redis')
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => undefined)
    void client.connect()
    return createRedisStore({ client })
  }
  const { Pool } = await import('pg')
  const { createPostgresStore } = await import('@sallyport/store-postgres')
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`
  return createPostgresStore({ pool: new Pool({ connectionString, connectionTimeoutMillis: 500 }) })
}

/** On a busy machine the first connection may take longer than a deadline. */
export async function untilReady({ revocations }) {
  while (revocations.state !== 'current') {
    await revocations.ready().catch(() => new Promise((resolve) => setTimeout(resolve, 50)))
  }
}
