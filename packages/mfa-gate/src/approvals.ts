import { hash } from 'node:crypto'
import {
  accept,
  checkOptions,
  coreError,
  defineMiddleware,
  optionError,
  type AccountId,
  type Exchange,
  type Middleware,
  type OptionRules,
} from '@sallyport/core'
import { accountOf, drawId, loginTag, partitionOf } from './account.ts'
import { durationRule, secondsOf, type Duration } from './duration.ts'
import { mfaError } from './errors.ts'
import type { ActionToApprove } from './factor.ts'
import { decode, encode } from './record.ts'
import type { Settings } from './settings.ts'

/** What a request would do. */
export interface Action {
  /** For people: what they read in the message, on the phone, on the page, such as `Pay 500.00 EUR to ACME`. */
  readonly text: string
  /** All that must stay as it is, as JSON. @default nothing but the text */
  readonly details?: unknown
}

/** Options of `mfa.approval`. */
export interface ApprovalOptions {
  /**
   * Says what a request would do: by all that decides about it, not by what the client says it is.
   * @param seen what handlers see: Express's `req`, Koa's `ctx`
   */
  readonly action: (seen: object, exchange: Exchange) => Action | Promise<Action>
  /** Kinds of factors that may approve. @default all */
  readonly methods?: readonly string[]
  /** How long an approval waits to be given, and then to be used. @default '5m' */
  readonly lifetime?: Duration
}

const rules: OptionRules<ApprovalOptions> = { action: accept.function, methods: accept.strings, lifetime: durationRule }

/** The header by which a client is told of an approval, and by which it presents one. */
const APPROVAL_HEADER = 'x-mfa-approval'

interface Approval {
  readonly hash: string
  readonly text: string
  readonly login: string
  readonly approved: boolean
  readonly methods?: readonly string[]
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

const PREFIX = 'p.'
const LONGEST = 300

/** Approvals of single actions. */
export class Approvals {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Makes the gate of a route whose every call is approved by itself. */
  gate(options: ApprovalOptions): Middleware {
    checkOptions<ApprovalOptions>('mfa.approval', options, rules)
    const { action, methods, lifetime = '5m' } = options
    if (action === undefined) throw optionError('mfa.approval', 'action', action, rules.action)
    for (const method of methods ?? []) {
      if (!this.#settings.factors.has(method))
        throw optionError('mfa.approval', 'methods', methods, {
          accepts: `kinds of factors: ${[...this.#settings.factors.keys()].join(', ')}`,
        })
    }
    const seconds = secondsOf('mfa.approval', 'lifetime', lifetime)
    return defineMiddleware({
      name: 'mfa.approval',
      requires: { authentication: 'required', factors: methods ?? ['mfa'] },
      environment: this.#settings.environment,
      gate: async (exchange) => {
        const state = this.#settings.logins.read(exchange)
        if (state === undefined) throw coreError('ERR_UNAUTHENTICATED')
        const account = accountOf(state.principal)
        const login = loginTag(state.principal)
        const { text, hash } = described(await action(exchange.host.seen, exchange))
        const given = exchange.header(APPROVAL_HEADER)
        if (given !== undefined && (await this.#use(account, given, hash))) return
        const waiting = { hash, text, login, approved: false, ...(methods && { methods }) }
        const id = await this.#add(account, waiting, seconds)
        await this.#settings.environment.publish('mfa.demanded', { what: 'approval' }, exchange)
        throw mfaError('ERR_MFA_APPROVAL_REQUIRED', { headers: { [APPROVAL_HEADER]: id } })
      },
    })
  }

  /** What is to be approved. @throws SecurityError ERR_MFA_CHALLENGE (400) */
  async waiting(account: AccountId, id: string, login: string, method: string): Promise<ActionToApprove> {
    const found = await this.#find(account, id)
    const fits = found !== undefined && !found.approved && found.login === login
    if (!fits || found.methods?.includes(method) === false) throw mfaError('ERR_MFA_CHALLENGE')
    return { text: found.text, hash: found.hash }
  }

  /** Gives an approval, whose proof was accepted. @throws SecurityError ERR_MFA_CHALLENGE (400) */
  async approve(account: AccountId, id: string, action: ActionToApprove): Promise<void> {
    const found = await this.#find(account, id)
    if (found?.hash !== action.hash || found.approved) throw mfaError('ERR_MFA_CHALLENGE')
    const { version, ...approval } = found
    const ttl = Math.max(1, found.expiresAt - this.#settings.environment.clock.now())
    const value = encode({ ...approval, approved: true })
    const put = { put: `${PREFIX}${id}`, value, ttl, if: { version } }
    const { ok } = await this.#settings.environment.store.commit(partitionOf(account), [put])
    if (!ok) throw mfaError('ERR_MFA_CHALLENGE')
  }

  /** Uses an approval up, for the action that it was given for. */
  async #use(account: AccountId, id: string, hash: string): Promise<boolean> {
    const found = await this.#find(account, id)
    if (found?.approved !== true || found.hash !== hash) return false
    const gone = { delete: `${PREFIX}${id}`, if: { version: found.version } }
    return (await this.#settings.environment.store.commit(partitionOf(account), [gone])).ok
  }

  async #add(account: AccountId, approval: Omit<Approval, 'expiresAt'>, lifetime: number): Promise<string> {
    const { store, clock } = this.#settings.environment
    const id = drawId()
    const value = encode({ ...approval, expiresAt: clock.now() + lifetime * 1000 })
    await store.commit(partitionOf(account), [{ put: `${PREFIX}${id}`, value, ttl: lifetime * 1000, if: 'absent' }])
    return id
  }

  async #find(account: AccountId, id: string): Promise<(Approval & { readonly version: string }) | undefined> {
    if (!/^[\w-]{20}$/.test(id)) return undefined
    const { store, clock } = this.#settings.environment
    const entry = await store.get({ partition: partitionOf(account), id: `${PREFIX}${id}` })
    const approval = entry && decode<Approval>(entry.value)
    return approval === undefined || approval.expiresAt <= clock.now()
      ? undefined
      : { ...approval, version: entry!.version }
  }
}

/** @throws TypeError for what people could not read, or what JSON does not hold */
function described({ text, details = null }: Action): ActionToApprove {
  if (typeof text !== 'string' || text === '' || text.length > LONGEST || /\p{Cc}/u.test(text))
    throw new TypeError(`An action has a text of at most ${LONGEST} characters on one line`)
  return { text, hash: hash('sha256', canonical([text, details]), 'base64url') }
}

/** JSON in which the order of members says nothing. */
function canonical(value: unknown): string {
  const json = JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
  return json
}
