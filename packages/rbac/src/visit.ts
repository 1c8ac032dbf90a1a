import type { Exchange, SecurityError } from '@sallyport/core'
import type { Demand } from './demand.ts'
import { rbacError } from './errors.ts'

/** What must still be looked at: any one of some permissions, on an object, or on its fields. */
export interface Debt {
  readonly permissions: readonly string[]
  /** Whether the object was checked, and only its fields are open. */
  readonly fieldsOnly: boolean
}

/** What one request was granted only in part, and still owes a check for. Nothing but an error is answered before. */
export class Visit {
  /** What the route demanded so far. */
  readonly demands: Demand[] = []
  #debts: readonly Debt[] = []
  #watching = false

  get debts(): readonly Debt[] {
    return this.#debts
  }

  /**
   * Notes what must be checked, and withholds the response until it was.
   * @param onWithheld told of a response that was held back
   */
  owe(exchange: Exchange, debts: readonly Debt[], onWithheld: (debts: readonly Debt[]) => 'refuse' | 'report'): void {
    this.#debts = [...this.#debts, ...debts]
    if (this.#watching || debts.length === 0) return
    this.#watching = true
    // An error tells nothing of the object; a handler that finds none answers 404 without a check.
    exchange.beforeHeaders((_, status) => {
      if (this.#debts.length === 0 || status >= 400) return
      if (onWithheld(this.#debts) === 'refuse') throw unchecked(this.#debts)
    })
  }

  /** Notes that a permission was granted on an object, with all of its fields or not, or that the fields were filtered. */
  settle(permission: string, found: 'whole' | 'limited' | 'filtered'): void {
    if (this.#debts.length === 0) return
    this.#debts = this.#debts.flatMap((debt) => {
      if (!debt.permissions.includes(permission)) return [debt]
      return found === 'limited' ? [{ permissions: [permission], fieldsOnly: true }] : []
    })
  }
}

/** The error of a route that answers without the check that its grant depends on. */
export function unchecked(debts: readonly Debt[]): SecurityError {
  const permissions = [...new Set(debts.flatMap((debt) => debt.permissions))].join(', ')
  const what = debts.every(({ fieldsOnly }) => fieldsOnly)
    ? `is granted for some fields only: send what access.pick() leaves, store what access.strip() leaves`
    : `is granted for some objects only: fetch the object with access.load() or the option \`load\`, or call access.check() with the request`
  return rbacError('ERR_RBAC_UNCHECKED', { message: `The response was withheld: ${permissions} ${what}` })
}
