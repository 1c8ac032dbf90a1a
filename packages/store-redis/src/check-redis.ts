import { systemClock } from '@sallyport/core'
import type { RedisClient } from './clients.ts'
import { unavailable } from './failure.ts'
import { inTime } from './in-time.ts'
import type { Link } from './link.ts'
import { checkClient } from './options.ts'
import { sourceOf } from './source.ts'
import { findingsOf, type RedisFinding } from './suitability.ts'

/** Time for the check, in milliseconds. */
const LIMIT = 10_000

/**
 * Looks for what would break the store's promises: a server that evicts keys, is too old, is a replica, or forgets when it ends; in a cluster, on
 * every node. Changes nothing. An empty list is what you want.
 * @throws SecurityError ERR_OPTION (500); ERR_STORE_UNAVAILABLE (503) when the server cannot be asked
 */
export async function checkRedis(client: RedisClient): Promise<readonly RedisFinding[]> {
  checkClient('checkRedis', client)
  let link: Link | undefined
  try {
    link = await inTime(systemClock, LIMIT, sourceOf(client).link(LIMIT))
    return await inTime(systemClock, LIMIT, examine(link))
  } catch (thrown) {
    throw unavailable(thrown)
  } finally {
    link?.destroy()
  }
}

async function examine(link: Link): Promise<RedisFinding[]> {
  await link.open(() => undefined)
  const nodes = await link.masters()
  const all = (await Promise.all(nodes.map(findingsOf))).flat()
  // What is wrong with every node is told once.
  return [...new Map(all.map((finding) => [finding.message, finding])).values()]
}
