/**
 * Roles and permissions of a mid-sized company, the same on every run: 100 roles in 20 chains of depth 5, ten grants each,
 * one of them a wildcard; a user with three leaf roles; 2,048 queries, half of which must be allowed.
 */
export function createWorld() {
  const random = createRandom(20_250_117)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const actions = ['read', 'create', 'update', 'delete', 'approve', 'export', 'archive', 'share']
  const resources = Array.from({ length: 250 }, (_, index) => `resource${index}`)

  const roles = {}
  for (let chain = 0; chain < 20; chain++) {
    for (let depth = 0; depth < 5; depth++) {
      const permissions = new Set([`${pick(resources)}:*`])
      while (permissions.size < 10) permissions.add(`${pick(resources)}:${pick(actions)}`)
      roles[`role-${chain}-${depth}`] = {
        inherits: depth === 0 ? [] : [`role-${chain}-${depth - 1}`],
        permissions: [...permissions],
      }
    }
  }
  const userRoles = ['role-3-4', 'role-8-4', 'role-15-4']
  const granted = flatten(roles, userRoles)
  const allows = (resource, action) => granted.has(`${resource}:${action}`) || granted.has(`${resource}:*`)

  const allowed = []
  const denied = []
  while (allowed.length < 1024 || denied.length < 1024) {
    // Half of the draws come from what is granted, or allowed queries would take forever to find.
    const [resource, wanted] = random() < 0.5 ? pick([...granted]).split(':') : [pick(resources), pick(actions)]
    const action = wanted === '*' ? pick(actions) : wanted
    const list = allows(resource, action) ? allowed : denied
    if (list.length < 1024)
      list.push({ resource, action, permission: `${resource}:${action}`, allowed: list === allowed })
  }
  const queries = allowed.flatMap((query, index) => [query, denied[index]])
  // Shuffled, or the branch predictor would learn the alternation.
  for (let index = queries.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    ;[queries[index], queries[other]] = [queries[other], queries[index]]
  }
  return { actions, roles, userRoles, queries }
}

/** Every grant that the roles and their ancestors hold. */
export function flatten(roles, names) {
  return new Set(names.flatMap((name) => [...roles[name].permissions, ...flatten(roles, roles[name].inherits)]))
}

/** mulberry32: small, seeded, good enough to draw queries. */
function createRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
