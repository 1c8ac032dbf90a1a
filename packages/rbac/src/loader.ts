import type { Exchange } from '@sallyport/core'

/**
 * Fetches the object that a route is about. `seen` is what the app's handlers see: Express's `req`, Koa's `ctx`. Returns nothing where
 * there is no such object.
 */
export type ObjectReader<Seen extends object, Found> = (
  seen: Seen,
  exchange: Exchange,
) => Found | null | undefined | Promise<Found | null | undefined>

/** Gives a handler the object that a gate fetched and checked. */
export interface LoadedObject<Found> {
  /**
   * The object of the request, from what handlers see: `req` of Express and node:http, `ctx` of Koa.
   * @throws SecurityError ERR_NO_EXCHANGE (500) where this gate has let nobody in on the request
   */
  objectOf(seen: object): Found
}
