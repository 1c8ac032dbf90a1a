import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEnvironment } from '@sallyport/core'
import { createApp } from '@sallyport/example-express-api'
import {
  memoryOnly,
  openOrderBook,
  openState,
  serve,
  startEmbeddedIssuer,
  stopSignal,
  tryLines,
} from '@sallyport/example-orders'
import type { Paint } from './colour.ts'

/**
 * Keeps the Express example up until a signal comes; `DATA_FILE`, `STATE_FILE` and `PORT` are taken from the environment. Gives the exit
 * code.
 */
export async function runServe(print: (text: string) => void, paint: Paint): Promise<number> {
  const stopped = stopSignal()
  const file = process.env.DATA_FILE || fileURLToPath(new URL('../data/orders.json', import.meta.url))
  const stateFile = process.env.STATE_FILE || join(dirname(file), 'sallyport.db')
  const env = createEnvironment({ store: await openState(stateFile) })
  const embedded = await startEmbeddedIssuer()
  const { issuer, audience, jwksUri } = embedded
  const orders = await openOrderBook(file)
  const serving = await serve(createApp({ issuer, audience, jwksUri, orders, env }), Number(process.env.PORT || 0))

  print(`\n${paint.bold('The orders API on Express')} listens on ${paint.bold(serving.url)}`)
  print(`Its orders (${orders.list().length} now) are kept in ${relative('.', file)},`)
  print(`logouts in ${memoryOnly ?? relative('.', stateFile)}\n`)
  print(await tryLines(serving.url, embedded))
  print(paint.bold('Ctrl-C ends it.'))

  await stopped
  await serving.close()
  await env.close()
  await embedded.close()
  print('\nEnded.')
  return 0
}
