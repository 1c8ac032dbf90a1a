import { rbac } from '@sallyport/rbac'

/** A policy of ten rules for each role, every tenth with a condition, in chains of five. */
function policyOf(rules, version) {
  return {
    roles: Object.fromEntries(
      Array.from({ length: rules / 10 }, (_, r) => [
        `role${r}`,
        {
          inherits: r % 5 === 0 ? [] : [`role${r - 1}`],
          allow: Array.from({ length: 10 }, (_, i) => ({
            permission: `resource${r}-${i}:act${version}`,
            ...(i === 0 && { when: { owner: 'ownerId' } }),
          })),
        },
      ]),
    ),
  }
}

/** Puts one policy after the other in force, and tells how long the event loop was kept from turning. */
export function prepare({ rules }) {
  const access = rbac({ roles: {} })
  return {
    operations: {},
    calls: {
      async reload(version) {
        const policy = policyOf(rules, version)
        let longest = 0
        let running = true
        let before = process.hrtime.bigint()
        const turn = () => {
          const now = process.hrtime.bigint()
          longest = Math.max(longest, Number(now - before))
          before = now
          if (running) setImmediate(turn)
        }
        setImmediate(turn)
        await new Promise((resolve) => setImmediate(resolve))
        longest = 0
        const start = process.cpuUsage()
        await access.reload(policy)
        // The turn in which it came into force is one as well.
        await new Promise((resolve) => setImmediate(resolve))
        running = false
        const { user, system } = process.cpuUsage(start)
        const principal = {
          issuer: 'i',
          subject: 's',
          roles: ['role4'],
          amr: [],
          credential: { kind: 'session', ambient: true },
        }
        if (!access.can(principal, `resource3-1:act${version}`)) throw new Error('the policy is not in force')
        return { cpuMicros: user + system, blockedMs: longest / 1e6 }
      },
    },
  }
}
