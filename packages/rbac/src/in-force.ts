import { coreError, originOf, SecurityError, type Environment, type SecurityEventMap } from '@sallyport/core'
import { compileInPortions, compilePolicy } from './compile-policy.ts'
import { rbacError } from './errors.ts'
import type { Policy } from './policy.ts'
import type { PolicyReading, PolicySource } from './source.ts'

/** Where the policy of one `rbac()` comes from. */
export interface Origin {
  readonly environment: Environment
  /** The policy itself, or where to read it. */
  readonly from: { readonly document: unknown } | { readonly source: PolicySource }
  /** The catalogue, where it stands in the code. */
  readonly permissions: readonly string[] | undefined
}

/**
 * The one policy that is in force, and how the next one takes its place: read, compiled and checked beside it, then put there in one
 * assignment. Whatever goes wrong before leaves the old one.
 */
export class PolicyInForce {
  /** What decides now. Read it anew for each decision; before the first policy has come it grants nothing. */
  policy: Policy
  /** Permissions that routes demand: a policy whose catalogue lacks one would lock everybody out. */
  readonly demanded: Set<string> = new Set()
  readonly #environment: Environment
  readonly #source: PolicySource | undefined
  readonly #permissions: readonly string[] | undefined
  #loaded = false
  #mark: string | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #loading: Promise<unknown> | undefined
  #readAgain = false
  #healthy = true
  /** What was told of the last failure: polling repeats it, events do not. */
  #told: string | undefined

  /** @throws SecurityError ERR_OPTION where the policy is at hand and wrong; what its source throws when it is read at once */
  constructor({ environment, from, permissions }: Origin) {
    this.#environment = environment
    this.#permissions = permissions
    if ('document' in from) {
      this.#source = undefined
      this.policy = compilePolicy(from.document, permissions)
      this.#loaded = true
      return
    }
    this.#source = from.source
    const reading = from.source.readNow?.()
    this.policy = compilePolicy(reading?.document() ?? { roles: {} }, permissions)
    this.#loaded = reading !== undefined
    this.#mark = reading?.mark
    if (!this.#loaded) this.#refresh()
    const unwatch = from.source.watch?.(environment, () => this.#refresh())
    if (unwatch) environment.onClose(unwatch)
  }

  /** Whether a policy has come. */
  get loaded(): boolean {
    return this.#loaded
  }

  /**
   * Settles when a policy is in force.
   * @throws SecurityError ERR_RBAC_POLICY_UNAVAILABLE, ERR_STORE_UNAVAILABLE (503), ERR_OPTION (500)
   */
  async ready(): Promise<void> {
    if (this.#loaded) return
    await this.#load()
  }

  /** Puts a policy in force: the given one, or what the source has now. One after the other. */
  reload(document?: unknown): Promise<string> {
    const mine = this.#queue.then(() => this.#replace(document))
    this.#queue = mine.catch(() => undefined)
    return mine
  }

  /** One reading at a time: who asks meanwhile gets the one that runs. */
  #load(): Promise<unknown> {
    return (this.#loading ??= this.reload().finally(() => {
      this.#loading = undefined
      if (this.#readAgain) this.#refresh()
    }))
  }

  #refresh(): void {
    // What changes while it is read may have come too late for that reading.
    this.#readAgain = this.#loading !== undefined
    // A failure is told by events.
    if (!this.#readAgain && !this.#environment.closed) this.#load().catch(() => undefined)
  }

  async #replace(document: unknown): Promise<string> {
    if (this.#environment.closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
    const from = document === undefined ? (this.#source?.name ?? 'code') : 'code'
    try {
      const reading = document === undefined ? await this.#read() : { document: () => document, mark: undefined }
      if (reading.mark === undefined || reading.mark !== this.#mark) {
        const next = await compileInPortions(await reading.document(), this.#permissions)
        this.#checkDemanded(next)
        this.#apply(next, reading.mark, from)
      }
      if (document === undefined) this.#tellHealth(true)
      this.#told = undefined
      return this.policy.version
    } catch (thrown) {
      const error = SecurityError.is(thrown) ? thrown : unavailable(from, thrown)
      // What somebody hands over and is told to be wrong is no failure of a source.
      if (document === undefined) this.#tellHealth(false)
      const { code, message } = error
      if (this.#told !== message)
        this.#publish({ applied: false, version: this.policy.version, source: from, code, why: message })
      this.#told = message
      throw error
    }
  }

  async #read(): Promise<PolicyReading> {
    if (this.#source) return this.#source.read(this.#environment)
    throw coreError('ERR_OPTION', { message: 'access.reload: give a policy; this one was made without a source' })
  }

  #checkDemanded({ catalogue }: Policy): void {
    const lost = [...this.demanded].find((permission) => catalogue?.has(permission) === false)
    if (lost === undefined) return
    throw coreError('ERR_OPTION', { message: `rbac: policy: \`permissions\` lacks '${lost}', which a route demands` })
  }

  #apply(next: Policy, mark: string | undefined, source: string): void {
    const previous = this.#loaded ? this.policy.version : undefined
    this.policy = next
    this.#mark = mark
    this.#loaded = true
    this.#publish({ applied: true, version: next.version, ...(previous !== undefined && { previous }), source })
  }

  #publish(detail: SecurityEventMap['authz.policy']): void {
    if (this.#environment.listening) ignore(this.#environment.publish('authz.policy', detail))
  }

  #tellHealth(healthy: boolean): void {
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    const detail = healthy
      ? 'The policy is the newest'
      : 'The newest policy cannot be used; the last good one is in force'
    ignore(this.#environment.publish('health.changed', { part: 'rbac.policy', healthy, detail }))
  }
}

/** What has happened has happened, recorded or not. */
function ignore(wait: void | Promise<void>): void {
  wait?.catch(() => undefined)
}

function unavailable(from: string, thrown: unknown): SecurityError {
  return rbacError('ERR_RBAC_POLICY_UNAVAILABLE', {
    message: `The policy of ${from} could not be read`,
    origin: originOf(thrown),
  })
}
