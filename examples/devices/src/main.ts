import { createEnvironment } from '@sallyport/core'
import { serve, stopSignal } from '@sallyport/example-orders'
import { createApp } from './app.ts'
import { createUsers } from './users.ts'

async function main(): Promise<void> {
  const env = createEnvironment()
  const users = await createUsers({ ada: 'correct horse', bob: 'battery staple' })
  const serving = await serve(createApp({ users, env }), Number(process.env['PORT'] ?? 3000))
  // Browsers keep the cookie on `localhost`, which they trust without a certificate.
  console.log(`Sign in as ada with "correct horse" at ${serving.url.replace('127.0.0.1', 'localhost')}`)
  await stopSignal()
  await serving.close()
  await env.close()
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
