import { rbac } from '@sallyport/rbac'
import { createWorld, flatten } from '../lib/world.mjs'

const QUESTIONS = 2048

/**
 * The same user and the same questions, beside more and more roles of others. The smallest policy is ten roles, five of them the user's; the
 * questions are about what these ten name, so that every size has the same ones to find.
 */
export function prepare({ count }) {
  const { roles: world } = createWorld()
  const entries = Object.entries(world)
  const roles = Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const [name, { inherits, permissions }] = entries[i % entries.length]
      const copy = Math.floor(i / entries.length)
      const named = (one) => (copy === 0 ? one : `${one}-${copy}`)
      return [named(name), { inherits: inherits.map(named), allow: permissions }]
    }),
  )
  const granted = flatten(world, ['role-0-4'])
  const isGranted = (permission) => granted.has(permission) || granted.has(`${permission.split(':')[0]}:*`)
  const names = [...flatten(world, ['role-0-4', 'role-1-4'])].map((one) => one.replace('*', 'share'))
  const [yes, no] = [names.filter(isGranted), names.filter((one) => !isGranted(one))]
  const questions = Array.from({ length: QUESTIONS }, (_, i) => {
    const list = i % 2 === 0 ? yes : no
    return list[(i * 7) % list.length]
  })

  const access = rbac({ roles })
  const principal = {
    issuer: 'https://issuer.example',
    subject: 'user-1',
    roles: ['role-0-4'],
    amr: ['pwd'],
    credential: { kind: 'session', ambient: true },
  }
  let position = 0
  return {
    operations: {
      check: {
        run(times) {
          let allowed = 0
          for (let i = 0; i < times; i++) if (access.can(principal, questions[position++ & (QUESTIONS - 1)])) allowed++
          return allowed
        },
      },
    },
    calls: {
      /** How many questions are answered wrongly. */
      wrong: () => questions.filter((one) => access.can(principal, one) !== isGranted(one)).length,
    },
  }
}
