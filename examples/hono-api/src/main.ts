import { getRequestListener } from '@hono/node-server'
import { createEnvironment } from '@sallyport/core'
import {
  memoryOnly,
  openOrderBook,
  openState,
  readConfig,
  serve,
  stopSignal,
  tryLines,
} from '@sallyport/example-orders'
import { createApp } from './app.ts'

async function main(): Promise<void> {
  const { issuer, audience, jwksUri, dataFile, stateFile, port, embedded } = await readConfig(
    process.env,
    new URL('..', import.meta.url),
  )
  const env = createEnvironment({ store: await openState(stateFile) })
  const orders = await openOrderBook(dataFile)
  const app = createApp({ issuer, audience, jwksUri, orders, env })
  const serving = await serve(getRequestListener(app.fetch), port)
  console.log(
    `The orders API on Hono listens on ${serving.url}; orders are kept in ${dataFile}, logouts in ${memoryOnly ?? stateFile}`,
  )
  if (embedded) console.log(`\n${await tryLines(serving.url, embedded)}`)

  await stopSignal()
  await serving.close()
  await env.close()
  await embedded?.close()
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
