import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Demands the proof that a request with an ambient credential comes from the app's own pages (ASVS 3.5.1): of unsafe
 * methods, and of upgrades, because browsers let any site open a WebSocket with the user's cookies.
 *
 * `Sec-Fetch-Site` decides where the browser sends it, since pages cannot forge it; else `Origin` must be the app's own or
 * an allowed one. A request with neither is refused: it is no browser's, and whoever is no browser has no need of cookies.
 * @throws SecurityError ERR_CROSS_ORIGIN (403)
 */
export function demandSameOrigin(exchange: Exchange, allowed: ReadonlySet<string>): void {
  if (SAFE.has(exchange.method) && !exchange.upgrade) return
  const origin = exchange.header('origin')
  if (origin !== undefined && allowed.has(origin)) return
  const site = exchange.header('sec-fetch-site')
  // `none`: typed into the address bar or opened from a bookmark, so no other site asked for it.
  if (site === 'same-origin' || (site === 'none' && !exchange.upgrade)) return
  // `null` is the origin of a sandboxed page, and of a request whose own origin cannot be told: the two are not the same.
  if (site === undefined && origin !== undefined && origin !== 'null' && origin === exchange.origin) return
  throw coreError('ERR_CROSS_ORIGIN')
}
