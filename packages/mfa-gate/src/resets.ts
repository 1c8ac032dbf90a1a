import { sameAccount, storeUnavailable, type AccountId, type Change, type Environment } from '@sallyport/core'
import { accountOf, partitionOf } from './account.ts'
import type { Authenticators } from './authenticators.ts'
import type { Devices } from './devices.ts'
import { mfaError } from './errors.ts'
import { ATTEMPTS, decode, encode, FOREVER } from './record.ts'
import { drawTicket, isSecretOf, isTicketOf, parseTicket } from './ticket.ts'

/** Who asks for a reset, and why. */
export interface ResetRequest {
  /** The administrator. */
  readonly by: AccountId
  /** For the audit: no personal data. */
  readonly reason: string
  /**
   * Whether everything that the account is logged in with ends, on every node. Only where the app's logins say when they were (`authTime`): later
   * ones cannot be told from earlier ones otherwise, and end too. @default false
   */
  readonly endSessions?: boolean
}

/** How long an ended login is refused, in seconds: no session and no token may last longer. */
const LONGEST_SESSION = 90 * 86_400

/** What came of it. */
export type ResetOutcome =
  /** Everything was taken away. `ticket`: hand it to the person whose account it is, by a way that proves who they are. */
  | { readonly done: true; readonly ticket: string }
  /** A second administrator must ask for the same. */
  | { readonly done: false; readonly waitsFor: 'second administrator' }

/** What administrators have asked for, and what was done. Times are in milliseconds since the Unix epoch. */
interface ResetRecord {
  /** One of two has asked. */
  readonly asked?: { readonly by: AccountId; readonly expiresAt: number }
  /** Everything was taken away: only who has the ticket sets up a factor. It stays so until somebody does. */
  readonly done?: { readonly digest: string; readonly expiresAt: number }
}

const ID = 'reset'

/** Resets by administrators, for people who have lost everything (ASVS 6.4.4). */
export class Resets {
  readonly #environment: Environment
  readonly #authenticators: Authenticators
  readonly #devices: Devices
  readonly #options: { readonly administrators: 1 | 2; readonly lifetime: number }

  /** @param options `lifetime`: of a ticket and of a request, in seconds */
  constructor(
    environment: Environment,
    parts: { readonly authenticators: Authenticators; readonly devices: Devices },
    options: { readonly administrators: 1 | 2; readonly lifetime: number },
  ) {
    this.#environment = environment
    this.#authenticators = parts.authenticators
    this.#devices = parts.devices
    this.#options = options
  }

  /** Takes everything away from an account, once enough administrators have asked for it. */
  async reset(given: AccountId, { by, reason, endSessions = false }: ResetRequest): Promise<ResetOutcome> {
    const account = accountOf(given)
    const { store, clock } = this.#environment
    if (sameAccount(account, by))
      throw mfaError('ERR_MFA_REQUEST', { message: 'Nobody resets their own second factor' })
    const expiresAt = clock.now() + this.#options.lifetime * 1000
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#find(account)
      const { asked, done } = found?.record ?? {}
      const condition = found === undefined ? 'absent' : ({ version: found.version } as const)
      const put = (record: ResetRecord): Change => ({ put: ID, value: encode(record), ttl: FOREVER, if: condition })
      const seconded = asked !== undefined && asked.expiresAt > clock.now() && !sameAccount(asked.by, by)
      if (this.#options.administrators === 2 && !seconded) {
        const record: ResetRecord = { ...(done && { done }), asked: { by: accountOf(by), expiresAt } }
        if (!(await store.commit(partitionOf(account), [put(record)])).ok) continue
        await this.#publish('requested', account, by, reason)
        return { done: false, waitsFor: 'second administrator' }
      }
      const { text, digest } = drawTicket(account)
      const removals = (await this.#authenticators.list(account)).map((one) => this.#authenticators.removing(one))
      const changes = [put({ done: { digest, expiresAt } }), ...removals]
      if (!(await store.commit(partitionOf(account), changes)).ok) continue
      await this.#devices.revokeAll(account)
      if (endSessions) {
        const now = Math.floor(clock.now() / 1000)
        const until = { notAfter: now, expiresAt: now + LONGEST_SESSION, reason: 'reset of second factors' }
        await this.#environment.revocations.revoke({ kind: 'subject', ...account, ...until })
      }
      await this.#publish('done', account, by, reason)
      return { done: true, ticket: text }
    }
    throw storeUnavailable('Too many change the same account at once')
  }

  /** Whether an account waits to be set up anew. */
  async isReset(account: AccountId): Promise<boolean> {
    return (await this.#find(account))?.record.done !== undefined
  }

  /**
   * What lets an account that was reset set up a factor: the change that uses up its ticket. None for an account that was not.
   * @throws SecurityError ERR_MFA_TICKET (403)
   */
  async redeeming(account: AccountId, text: string | undefined): Promise<readonly Change[]> {
    const found = await this.#find(account)
    const done = found?.record.done
    if (found === undefined || done === undefined) return []
    const ticket = parseTicket(text ?? '')
    const good = ticket !== undefined && isTicketOf(account, ticket) && isSecretOf(done.digest, ticket.secret)
    if (!good || done.expiresAt <= this.#environment.clock.now()) throw mfaError('ERR_MFA_TICKET')
    return [{ delete: ID, if: { version: found.version } }]
  }

  async #find(account: AccountId): Promise<{ readonly record: ResetRecord; readonly version: string } | undefined> {
    const entry = await this.#environment.store.get({ partition: partitionOf(account), id: ID })
    return entry && { record: decode<ResetRecord>(entry.value), version: entry.version }
  }

  async #publish(action: 'requested' | 'done', account: AccountId, by: AccountId, reason: string): Promise<void> {
    await this.#environment.publish('mfa.reset', { action, account, by: accountOf(by), reason })
  }
}
