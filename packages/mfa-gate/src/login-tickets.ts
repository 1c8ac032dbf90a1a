import type { AccountId, Change, Environment, Principal } from '@sallyport/core'
import { accountOf, partitionOf } from './account.ts'
import { mfaError } from './errors.ts'
import { decode, encode } from './record.ts'
import { drawTicket, isSecretOf, parseTicket } from './ticket.ts'
import type { Vault } from './vault.ts'

/** Who has got through the first factor, however that was: password, magic link, social login. */
export interface FirstFactor extends Partial<AccountId> {
  readonly subject: string
  /** Words of RFC 8176 for what was used, such as `['pwd']`. @default [] */
  readonly amr?: readonly string[]
  readonly roles?: readonly string[]
  /** When the app says the login was, in seconds, where its sessions say so. */
  readonly authTime?: number
  /** Handed to whoever completes the login. It is sealed at rest. */
  readonly data?: unknown
}

/** A login that waits for its second factor. */
export interface WaitingLogin {
  readonly principal: Principal
  readonly data: unknown
  /** Names this login to challenges. */
  readonly tag: string
  /** The change that uses it up. */
  readonly consuming: Change
}

interface Kept {
  readonly digest: string
  readonly expiresAt: number
  readonly account: AccountId
  readonly sealed: string
}

type Sealed = Pick<Principal, 'amr' | 'roles' | 'authTime'> & { readonly data: unknown }

const PREFIX = 't.'

/** Logins that are not logins yet, for apps that give no session or token before the second factor. */
export class LoginTickets {
  readonly #environment: Environment
  readonly #vault: Vault
  readonly #lifetime: number

  /** @param lifetime seconds */
  constructor(environment: Environment, vault: Vault, lifetime: number) {
    this.#environment = environment
    this.#vault = vault
    this.#lifetime = lifetime
  }

  async add(principal: Principal, data: unknown): Promise<string> {
    const account = accountOf(principal)
    const { text, id, digest } = drawTicket(account)
    const { amr, roles, authTime } = principal
    const kept: Sealed = { amr, roles, ...(authTime !== undefined && { authTime }), data: data ?? null }
    const { clock, store } = this.#environment
    const record: Kept = {
      digest,
      account,
      expiresAt: clock.now() + this.#lifetime * 1000,
      sealed: await this.#vault.seal('login', account, id, kept),
    }
    await store.commit(partitionOf(account), [
      { put: `${PREFIX}${id}`, value: encode(record), ttl: this.#lifetime * 1000 + 60_000, if: 'absent' },
    ])
    return text
  }

  /** @throws SecurityError ERR_MFA_TICKET (403) */
  async find(text: string): Promise<WaitingLogin> {
    const ticket = parseTicket(text)
    if (ticket === undefined) throw mfaError('ERR_MFA_TICKET')
    const entry = await this.#environment.store.get({ partition: ticket.partition, id: `${PREFIX}${ticket.id}` })
    const kept = entry && decode<Kept>(entry.value)
    if (
      kept === undefined ||
      kept.expiresAt <= this.#environment.clock.now() ||
      !isSecretOf(kept.digest, ticket.secret)
    )
      throw mfaError('ERR_MFA_TICKET')
    const { data, ...login } = (await this.#vault.open('login', kept.account, ticket.id, kept.sealed)) as Sealed
    const credential = { kind: 'mfa-ticket', id: ticket.id, ambient: false }
    return {
      principal: Object.freeze({ ...kept.account, ...login, credential }),
      data,
      tag: ticket.id,
      consuming: { delete: `${PREFIX}${ticket.id}`, if: { version: entry!.version } },
    }
  }

  /** Uses a ticket up. @throws SecurityError ERR_MFA_TICKET (403) where somebody was faster */
  async consume({ principal, consuming }: WaitingLogin): Promise<void> {
    const { ok } = await this.#environment.store.commit(partitionOf(principal), [consuming])
    if (!ok) throw mfaError('ERR_MFA_TICKET')
  }
}
