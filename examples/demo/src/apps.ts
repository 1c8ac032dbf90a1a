import type { RequestListener } from 'node:http'
import { createEnvironment } from '@sallyport/core'
import { createApp as createExpressApp, type AppOptions } from '@sallyport/example-express-api'
import { createApp as createKoaApp } from '@sallyport/example-koa-api'
import { openOrderBook, openState, serve, startEmbeddedIssuer, type EmbeddedIssuer } from '@sallyport/example-orders'
import { mintTokens, type Tokens } from './callers.ts'

/** Makes an example's app, as node:http takes it. */
export type Listener = (options: AppOptions) => RequestListener

/** A running app with what ends it. */
interface Running {
  readonly url: string
  close(): Promise<void>
}

/** The Express example. */
export const express: Listener = (options) => createExpressApp(options)

/** The Koa example. */
export const koa: Listener = (options) => {
  const app = createKoaApp(options)
  // Koa would write each 5xx to stderr, into the table that shows it anyway.
  app.silent = true
  return app.callback()
}

/** Starts an example in an environment of its own. */
export async function start(listener: Listener, issuer: EmbeddedIssuer, file: string): Promise<Running> {
  const env = createEnvironment({ store: await openState(`${file}.sallyport.db`) })
  const orders = await openOrderBook(file)
  const serving = await serve(
    listener({ issuer: issuer.issuer, audience: issuer.audience, jwksUri: issuer.jwksUri, orders, env }),
  )
  return { url: serving.url, close: () => serving.close().then(() => env.close()) }
}

/** Starts an example whose key server has gone, with tokens that it would accept. */
export async function startCutOff(listener: Listener, file: string): Promise<Running & { readonly tokens: Tokens }> {
  const issuer = await startEmbeddedIssuer()
  const tokens = await mintTokens(issuer)
  await issuer.close()
  return { ...(await start(listener, issuer, file)), tokens }
}
