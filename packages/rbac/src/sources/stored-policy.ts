import {
  acceptEnvironment,
  acceptNumber,
  checkOptions,
  optionError,
  type Cancel,
  type Environment,
  type OptionRules,
} from '@sallyport/core'
import { compileInPortions } from '../compile-policy.ts'
import type { PolicyDocument } from '../document.ts'
import { rbacError } from '../errors.ts'
import type { PolicySource } from '../source.ts'
import { every } from './file.ts'
import { parseJson } from './json-file.ts'

/** Options of `storedPolicy`. */
export interface StoredPolicyOptions {
  /** Which policy, where a Store holds several. @default 'default' */
  readonly name?: string
  /** How often the Store is asked for a newer one when no hint comes, in milliseconds. @default 5000 */
  readonly pollInterval?: number
}

/** Options of `publishPolicy`. */
export interface PublishOptions {
  /** Which policy, where a Store holds several. @default 'default' */
  readonly name?: string
  /** Version that it replaces: what somebody else has published meanwhile is not overwritten. @default whichever is there */
  readonly replaces?: string
  /** The environment whose Store it goes to. @default none, required */
  readonly env: Environment
}

const nameRule = {
  accepts: 'a name of letters, digits, _ . and -, at most 100',
  test: (v: unknown) => /^[\w.-]{1,100}$/.test(v as string),
}
const storedRules: OptionRules<StoredPolicyOptions> = {
  name: nameRule,
  pollInterval: acceptNumber('milliseconds', 10, 86_400_000),
}
const publishRules: OptionRules<PublishOptions> = {
  name: nameRule,
  replaces: { accepts: 'a version, as publishPolicy() and access.version give it', test: (v) => typeof v === 'string' },
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

const PARTITION = 'sallyport.rbac'
/** A policy has no end; a Store's entries have one. */
const FOREVER = 3_155_760_000_000
/** News need not be kept: who was away reads the value itself. */
const HINT = 60_000

/**
 * A policy in the environment's Store, for the option `policy` of `rbac()`: put there by `publishPolicy()`, in force on all nodes within
 * moments, or within `pollInterval` where hints get lost. Until it has come, gates wait for it and nobody has any permission.
 * @throws SecurityError ERR_OPTION
 */
export function storedPolicy(options: StoredPolicyOptions = {}): PolicySource {
  checkOptions<StoredPolicyOptions>('storedPolicy', options, storedRules)
  const { name = 'default', pollInterval = 5000 } = options
  return {
    name: `the policy '${name}' of the Store`,
    async read({ store }) {
      const head = await store.get({ partition: PARTITION, id: headId(name) })
      if (head === undefined) {
        throw rbacError('ERR_RBAC_POLICY_UNAVAILABLE', { message: `No policy '${name}' was published to the Store` })
      }
      return {
        mark: `${head.version} ${Buffer.from(head.value).toString('utf8')}`,
        async document() {
          const entry = await store.get({ partition: PARTITION, id: bodyId(name) })
          if (entry) return parseJson(Buffer.from(entry.value).toString('utf8'), `the policy '${name}' of the Store`)
          throw rbacError('ERR_RBAC_POLICY_UNAVAILABLE', { message: `The policy '${name}' has left the Store` })
        },
      }
    },
    watch(environment, changed) {
      const stopPolling = every(environment.clock, pollInterval, changed)
      let unsubscribe: Cancel | undefined
      let stopped = false
      // Hints make it fast, the timer makes it certain.
      environment.store.subscribe(logOf(name), changed).then(
        (cancel) => {
          if (stopped) cancel()
          else unsubscribe = cancel
        },
        () => undefined,
      )
      return () => {
        stopped = true
        stopPolling()
        unsubscribe?.()
      }
    },
  }
}

/**
 * Puts a policy into an environment's Store, checked and compiled before: every `rbac()` with `storedPolicy()` of that name takes it over.
 * @returns its version
 * @throws SecurityError ERR_OPTION for a policy that is wrong or holds a function, ERR_RBAC_POLICY_CONFLICT (409) where `replaces` is not
 *   what is there, ERR_STORE_UNAVAILABLE (503)
 */
export async function publishPolicy(policy: PolicyDocument, options: PublishOptions): Promise<string> {
  checkOptions<PublishOptions>('publishPolicy', options, publishRules)
  const { name = 'default', replaces, env } = options
  if (env === undefined) throw optionError('publishPolicy', 'env', env, publishRules.env)
  const text = asData(policy)
  const { version } = await compileInPortions(JSON.parse(text))
  const { store } = env
  const there = await store.get({ partition: PARTITION, id: headId(name) })
  if (replaces !== undefined && (there === undefined || Buffer.from(there.value).toString('utf8') !== replaces)) {
    throw rbacError('ERR_RBAC_POLICY_CONFLICT')
  }
  const { ok } = await store.commit(PARTITION, [
    {
      put: headId(name),
      value: Buffer.from(version),
      ttl: FOREVER,
      ...(replaces !== undefined && { if: { version: there!.version } }),
    },
    { put: bodyId(name), value: Buffer.from(text), ttl: FOREVER },
  ])
  if (!ok) throw rbacError('ERR_RBAC_POLICY_CONFLICT')
  // It is published; where this fails the nodes find it by themselves.
  await store.append(logOf(name), Buffer.from(version), { ttl: HINT }).catch(() => undefined)
  return version
}

/** JSON leaves functions out, and a rule without its condition is a rule without condition. */
function asData(policy: PolicyDocument): string {
  return JSON.stringify(policy, (name, value: unknown) => {
    if (typeof value !== 'function' && typeof value !== 'symbol' && typeof value !== 'bigint') return value
    throw optionError('publishPolicy', `policy … ${name}`, value, { accepts: 'data: a condition, not a function' })
  })
}

function headId(name: string): string {
  return `head:${name}`
}

function bodyId(name: string): string {
  return `policy:${name}`
}

function logOf(name: string): string {
  return `sallyport.rbac.${name}`
}
