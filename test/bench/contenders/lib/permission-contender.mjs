import { createWorld } from './world.mjs'

/**
 * Makes a contender of the permission suite.
 * @param make gets the world and the entry's material, gives `prepare(query)` (work that an app writes as a literal, such as splitting a name) and
 *   `check(prepared)`, which says whether it is allowed, or a promise of it (then `asynchronous: true`).
 */
export function permissionContender(make) {
  return async (material) => {
    const world = createWorld()
    const { prepare, check, asynchronous = false } = await make(world, material)
    const queries = world.queries.map(prepare)
    const mask = queries.length - 1
    let position = 0

    function run(count) {
      let allowed = 0
      for (let i = 0; i < count; i++) if (check(queries[position++ & mask])) allowed++
      return allowed
    }
    async function runAsynchronous(count) {
      let allowed = 0
      for (let i = 0; i < count; i++) if (await check(queries[position++ & mask])) allowed++
      return allowed
    }
    return {
      operations: { check: { run: asynchronous ? runAsynchronous : run } },
      calls: {
        /** Names of the first `most` queries that were decided wrongly. */
        async wrong(most) {
          const wrong = []
          for (const [index, query] of world.queries.slice(0, most ?? undefined).entries()) {
            if ((await check(queries[index])) !== query.allowed) wrong.push(query.permission)
          }
          return wrong
        },
      },
    }
  }
}
