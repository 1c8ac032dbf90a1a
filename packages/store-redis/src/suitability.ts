import { refusal, replyWord } from './failure.ts'
import type { Link, Send } from './link.ts'

/** Something about a server that the store cannot work with, or not well. */
export interface RedisFinding {
  /** `error`: a promise of the store is not kept. `warning`: it is, but something will get in its way. */
  readonly level: 'error' | 'warning'
  /** The setting or part that it is about, such as `maxmemory-policy`. */
  readonly about: string
  /** What is wrong and what to do. */
  readonly message: string
}

/** What a store may be told to put up with: that Redis evicts, or that it does not tell whether it does. */
export type RedisConcession = 'eviction' | 'unchecked'

/** What each concession is about. */
const CONCEDED: Readonly<Record<RedisConcession, string>> = { eviction: 'maxmemory-policy', unchecked: 'INFO' }

type Info = Readonly<Record<string, string>>

/** What is to be said of one server. */
export async function findingsOf(node: Send): Promise<RedisFinding[]> {
  const info = await infoOf(node)
  const policy = info?.['maxmemory_policy'] ?? (await policyOf(node))
  const findings: RedisFinding[] = []
  const found = (level: RedisFinding['level'], about: string, message: string): void =>
    void findings.push({ level, about, message })

  if (policy === undefined) {
    found(
      'error',
      CONCEDED.unchecked,
      "Redis does not tell whether it evicts keys: permit INFO or CONFIG GET, or see to `noeviction` yourself and give the option accept: ['unchecked']",
    )
  } else if (policy !== 'noeviction') {
    found(
      'error',
      CONCEDED.eviction,
      `Redis drops keys when its memory is full (${policy}): a used code would work once more. Set maxmemory-policy to noeviction`,
    )
  }
  if (info === undefined) return findings
  if (Number.parseInt(info['redis_version'] ?? '', 10) < 7)
    found('error', 'version', 'The server is older than Redis 7')
  if (info['role'] === 'slave') found('error', 'role', 'This is a replica: the store needs the master')
  if (info['aof_enabled'] === '0') {
    found(
      'warning',
      'appendonly',
      'Redis forgets what it has acknowledged when it ends: all of it, or what came after its last snapshot. Set appendonly to yes where that matters',
    )
  }
  return findings
}

/** Refuses a server on which the store's promises would not be kept. */
export async function requireSuitable(link: Link, accept: readonly RedisConcession[]): Promise<void> {
  const conceded = new Set(accept.map((concession) => CONCEDED[concession]))
  const nodes = await link.masters()
  const findings = (await Promise.all(nodes.map(findingsOf))).flat()
  const wrong = findings.find(({ level, about }) => level === 'error' && !conceded.has(about))
  if (wrong) throw refusal('ERR_REDIS_UNSUITABLE', wrong.message)
}

async function infoOf(node: Send): Promise<Info | undefined> {
  const text = await permitted(node, ['INFO'])
  if (text === undefined) return undefined
  const lines = textOf(text).matchAll(/^(\w+):(.*?)\r?$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]))
}

async function policyOf(node: Send): Promise<string | undefined> {
  const reply = await permitted(node, ['CONFIG', 'GET', 'maxmemory-policy'])
  if (typeof reply !== 'object' || reply === null) return undefined
  // A list of names and values, or an object of them.
  const value: unknown = Array.isArray(reply) ? reply[1] : Object.values(reply)[0]
  return value === undefined ? undefined : textOf(value)
}

function textOf(reply: unknown): string {
  return typeof reply === 'string' ? reply : (reply as Buffer).toString()
}

/** The answer, if this user may ask; managed servers forbid some commands, or do not know them. */
async function permitted(node: Send, command: readonly string[]): Promise<unknown> {
  try {
    return await node(command)
  } catch (thrown) {
    if (['NOPERM', 'ERR'].includes(replyWord(thrown) ?? '')) return undefined
    throw thrown
  }
}
