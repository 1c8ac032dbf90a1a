import {
  accept,
  acceptNumber,
  checkOptions,
  coreError,
  optionError,
  storeUnavailable,
  type AccountId,
  type Environment,
  type OptionRules,
  type Principal,
} from '@sallyport/core'
import { loginTag, partitionOf } from './account.ts'
import { durationRule, secondsOf, type Duration } from './duration.ts'
import { ATTEMPTS, decode, encode, FOREVER } from './record.ts'

/** How long accounts may put off setting up a second factor. It begins once and is never renewed. */
export interface GraceOptions {
  /** For everybody until then: a date such as `2027-01-31`, or with a time. */
  readonly until?: string
  /** For each account from its first login that is asked. */
  readonly within?: Duration
  /** For as many logins of each account. */
  readonly logins?: number
}

/** Who must have a second factor. All that is named must hold. */
export interface EnforcementRuleOptions {
  /** Accounts with any of these roles. @default all */
  readonly roles?: readonly string[]
  /** Accounts of these tenants. @default all */
  readonly tenants?: readonly string[]
  /** In force from then: a date such as `2026-12-01`, or with a time. @default at once */
  readonly from?: string
  /** @default none: at once */
  readonly grace?: GraceOptions
  /** Publishes who would be refused, and lets them pass. @default false */
  readonly reportOnly?: boolean
}

const dateRule = {
  accepts: "a date such as '2027-01-31', or with a time in ISO 8601",
  test: (v: unknown) => typeof v === 'string' && /^\d{4}-\d\d-\d\d/.test(v) && !Number.isNaN(Date.parse(v)),
}

const ruleRules: OptionRules<EnforcementRuleOptions> = {
  roles: accept.strings,
  tenants: accept.strings,
  from: dateRule,
  grace: accept.object,
  reportOnly: accept.boolean,
}

const graceRules: OptionRules<GraceOptions> = {
  until: dateRule,
  within: durationRule,
  logins: acceptNumber('logins', 1, 1000),
}

interface SettledRule extends Omit<EnforcementRuleOptions, 'from' | 'grace'> {
  readonly from: number
  readonly until: number | undefined
  readonly within: number | undefined
  readonly logins: number | undefined
}

/** What is kept of an account's grace. Kept for ever, so that it cannot begin anew. */
interface GraceRecord {
  readonly since: number
  readonly logins: number
  /** The last ones that were counted. */
  readonly counted: readonly string[]
}

/** What the roll-out says of an account that has no second factor. */
export interface RolloutVerdict {
  /** `free`: it needs none. `grace`: not yet. `required`: it must set one up. */
  readonly is: 'free' | 'grace' | 'required'
  readonly reportOnly: boolean
}

const ID = 'grace'
const REMEMBERED = 16

/** Who must have a second factor, and from when. */
export class Rollout {
  readonly #environment: Environment
  readonly #rules: readonly SettledRule[]

  /** @throws SecurityError ERR_OPTION */
  constructor(environment: Environment, rules: readonly EnforcementRuleOptions[] = []) {
    this.#environment = environment
    this.#rules = rules.map(settled)
  }

  /** Whether the rules demand one of an account, now or after a grace. */
  demands(principal: Pick<Principal, 'roles' | 'tenant'>): boolean {
    return this.#ruleOf(principal) !== undefined
  }

  /**
   * Judges an account without a second factor.
   * @param principal whose login is counted; a listing counts none
   */
  async judge(principal: Principal): Promise<RolloutVerdict> {
    const rule = this.#ruleOf(principal)
    if (rule === undefined) return { is: 'free', reportOnly: false }
    const graced = this.#isBefore(rule.until) || (await this.#isGraced(rule, principal))
    return { is: graced ? 'grace' : 'required', reportOnly: rule.reportOnly === true }
  }

  /** The same for a listing: nothing begins and nothing is counted. */
  async look(account: AccountId & Pick<Principal, 'roles'>): Promise<RolloutVerdict> {
    const rule = this.#ruleOf(account)
    if (rule === undefined) return { is: 'free', reportOnly: false }
    const reportOnly = rule.reportOnly === true
    if (this.#isBefore(rule.until)) return { is: 'grace', reportOnly }
    if (rule.within === undefined && rule.logins === undefined) return { is: 'required', reportOnly }
    const entry = await this.#environment.store.get({ partition: partitionOf(account), id: ID })
    const record = entry && decode<GraceRecord>(entry.value)
    const graced = record === undefined || (this.#isWithin(rule, record) && record.logins < (rule.logins ?? Infinity))
    return { is: graced ? 'grace' : 'required', reportOnly }
  }

  #ruleOf({ roles, tenant }: Pick<Principal, 'roles' | 'tenant'>): SettledRule | undefined {
    const now = this.#environment.clock.now()
    return this.#rules.find(
      (rule) =>
        rule.from <= now &&
        (rule.roles === undefined || rule.roles.some((role) => roles.includes(role))) &&
        (rule.tenants === undefined || (tenant !== undefined && rule.tenants.includes(tenant))),
    )
  }

  #isBefore(until: number | undefined): boolean {
    return until !== undefined && this.#environment.clock.now() < until
  }

  #isWithin({ within }: SettledRule, { since }: GraceRecord): boolean {
    return within === undefined || this.#environment.clock.now() < since + within * 1000
  }

  async #isGraced(rule: SettledRule, principal: Principal): Promise<boolean> {
    if (rule.within === undefined && rule.logins === undefined) return false
    const { store, clock } = this.#environment
    const partition = partitionOf(principal)
    const login = countable(principal, clock.now())
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await store.get({ partition, id: ID })
      const before = entry ? decode<GraceRecord>(entry.value) : { since: clock.now(), logins: 0, counted: [] }
      if (!this.#isWithin(rule, before)) return false
      if (before.counted.includes(login)) return before.logins <= (rule.logins ?? Infinity)
      if (before.logins >= (rule.logins ?? Infinity)) return false
      const next: GraceRecord = {
        ...before,
        logins: before.logins + 1,
        counted: [...before.counted, login].slice(-REMEMBERED),
      }
      const condition = entry ? { version: entry.version } : ('absent' as const)
      const put = { put: ID, value: encode(next), ttl: FOREVER, if: condition }
      if ((await store.commit(partition, [put])).ok) return true
    }
    throw storeUnavailable('Too many logins of one account at once')
  }
}

/** A login that says nothing by which it can be told from others counts once a day. */
function countable(principal: Principal, now: number): string {
  const { sid, credential, authTime } = principal
  if (sid === undefined && credential.id === undefined && authTime === undefined)
    return `day ${Math.floor(now / 86_400_000)}`
  return loginTag(principal)
}

function settled(rule: EnforcementRuleOptions): SettledRule {
  checkOptions<EnforcementRuleOptions>('mfaGate enforce', rule, ruleRules)
  const { from, grace, ...rest } = rule
  if (grace !== undefined) checkOptions<GraceOptions>('mfaGate enforce grace', grace, graceRules)
  if (grace !== undefined && Object.keys(grace).length === 0)
    throw optionError('mfaGate enforce', 'grace', grace, { accepts: 'at least one of until, within, logins' })
  const { until, within, logins } = grace ?? {}
  if (until !== undefined && from !== undefined && Date.parse(until) <= Date.parse(from)) {
    throw coreError('ERR_OPTION', {
      message: 'mfaGate enforce: `grace.until` is before `from`; accepted is a later date',
    })
  }
  return {
    ...rest,
    from: from === undefined ? 0 : Date.parse(from),
    until: until === undefined ? undefined : Date.parse(until),
    within: within === undefined ? undefined : secondsOf('mfaGate enforce grace', 'within', within),
    logins,
  }
}
