import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { AccountId, Principal } from './principal.ts'

/** How a step-up that was demanded stands. */
export type SteppedUp = void | 'under-way'

/** Named capabilities that one package offers and another needs. */
export interface Ports {
  /** Whether a principal may do something. Offered by rbac. */
  can(principal: Principal, permission: string): boolean
  /** How risky the request looks, from 0 to 1. */
  risk(exchange: Exchange): number | Promise<number>
  /**
   * Demands a stronger or fresher login; returns when it is there, throws the challenge otherwise. `under-way`: it is not there, and this is the
   * request that brings it, which must come through and shows nothing about who sends it. Offered by mfa-gate.
   */
  requireStepUp(
    exchange: Exchange,
    demand: { readonly maxAge?: number; readonly acr?: string },
  ): SteppedUp | Promise<SteppedUp>
  /** Gives the session a new identifier. Offered by session-tracker. */
  rotateSession(exchange: Exchange): Promise<void>
  /** Whether a request comes from a device that its user trusts: it may spare them the second step of a login, never a step-up. Offered by session-tracker. */
  trustsDevice(exchange: Exchange, account: AccountId): boolean | Promise<boolean>
  /** Takes personal data out of a value. Offered by pii-redactor. */
  redact(value: unknown): unknown
}

/** The ports of one environment. */
export interface PortRegistry {
  /** Offers a capability. Two offers of one name make it ambiguous: who then asks for it is refused. */
  offer<Name extends keyof Ports>(name: Name, capability: Ports[Name]): void
  has(name: keyof Ports): boolean
  /**
   * The one capability of that name.
   * @throws SecurityError ERR_PORT_ABSENT, ERR_PORT_AMBIGUOUS (500)
   */
  ask<Name extends keyof Ports>(name: Name): Ports[Name]
}

export function createPorts(): PortRegistry {
  const offers = new Map<keyof Ports, unknown[]>()
  return {
    offer(name, capability) {
      offers.set(name, [...(offers.get(name) ?? []), capability])
    },
    has: (name) => offers.get(name)?.length === 1,
    ask<Name extends keyof Ports>(name: Name): Ports[Name] {
      const found = offers.get(name)
      if (!found) throw coreError('ERR_PORT_ABSENT', { message: `No package on this environment offers \`${name}\`` })
      if (found.length > 1) {
        throw coreError('ERR_PORT_AMBIGUOUS', {
          message: `\`${name}\` is offered ${found.length} times on this environment; give each its own environment`,
        })
      }
      return found[0] as Ports[Name]
    },
  }
}
