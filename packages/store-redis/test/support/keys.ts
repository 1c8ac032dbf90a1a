import { createClient } from 'redis'

/** All keys of a prefix, and those of them that have no time to live. */
export async function keysWithoutEnd(
  urls: readonly string[],
  prefix: string,
): Promise<{ readonly keys: number; readonly endless: readonly string[] }> {
  let keys = 0
  const endless: string[] = []
  for (const url of urls) {
    const client = await createClient({ url }).connect()
    for await (const found of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
      const ends = await Promise.all(found.map((key) => client.pTTL(key)))
      keys += found.length
      endless.push(...found.filter((_key, i) => ends[i] === -1))
    }
    client.destroy()
  }
  return { keys, endless }
}
