import { auditError } from './errors.ts'
import type { AuditLogger } from './contract.ts'
import type { AuditEvent, AuditPerson, AuditReceipt, AuditResource } from './record/event.ts'
import { loggerHere } from './registry.ts'

/** What is recorded of a method besides its outcome. Each function is given the method's arguments. */
export interface SecurityEventOptions<Arguments extends readonly unknown[] = readonly []> {
  /** What is acted on. @default nothing */
  readonly resource?: (...args: Arguments) => AuditResource | undefined
  /** Whom it is about. @default nobody but the caller */
  readonly about?: (...args: Arguments) => AuditPerson | undefined
  /** Further fields that name nobody. @default none */
  readonly detail?: (...args: Arguments) => Readonly<Record<string, unknown>> | undefined
}

/**
 * A decorator of methods, standard (TC39) and legacy (`experimentalDecorators`) alike. The method's parameters begin with those that the options'
 * functions take; it may have more.
 */
export interface SecurityEventDecorator<Arguments extends readonly unknown[]> {
  <This, Value extends (this: This, ...args: [...Arguments, ...never[]]) => unknown>(
    value: Value,
    context: ClassMethodDecoratorContext<This, Value>,
  ): Value
  <Value extends (...args: [...Arguments, ...never[]]) => unknown>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Value>,
  ): void
}

/**
 * Records each call of a method with its outcome and the principal of the request that is being served, in the log of its environment. The
 * method answers as before; for a strict type always with a promise.
 *
 * ```ts
 * class Orders {
 *   @SecurityEvent('order.cancelled', { resource: (id: string) => ({ type: 'order', id }) })
 *   async cancel(id: string) {}
 * }
 * ```
 * Without an `auditLogger` on the environment a call is refused.
 * @throws SecurityError ERR_AUDIT_UNAVAILABLE (503) at the call, where nothing records
 */
export function SecurityEvent<Arguments extends readonly unknown[] = readonly []>(
  type: AuditEvent['type'],
  options: SecurityEventOptions<Arguments> = {},
): SecurityEventDecorator<Arguments> {
  return ((value: object, _: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (descriptor === undefined) return recorded(value as Method)
    descriptor.value = recorded(descriptor.value as Method)
    return undefined
  }) as SecurityEventDecorator<Arguments>

  function recorded(method: Method): Method {
    return Object.defineProperty(
      function (this: unknown, ...args: never[]): unknown {
        const logger = demandLogger(type)
        const event = eventOf(args as unknown as Arguments)
        return logger.call(event, () => method.apply(this, args))
      } as Method,
      'name',
      { value: method.name, configurable: true },
    )
  }

  function eventOf(args: Arguments): AuditEvent {
    const resource = options.resource?.(...args)
    const about = options.about?.(...args)
    const detail = options.detail?.(...args)
    return { type, ...(resource && { resource }), ...(about && { about }), ...(detail && { detail }) }
  }
}

type Method = (this: unknown, ...args: never[]) => unknown

// A mixin's base may take any arguments (TypeScript handbook, mixins).
// oxlint-disable-next-line typescript/no-explicit-any
type AnyClass = abstract new (...args: any[]) => object

// oxlint-disable-next-line typescript/no-explicit-any
type AuditableClass = abstract new (...args: any[]) => AuditableMembers

/** What `Auditable` adds to a class. */
export interface AuditableMembers {
  /** Records an event in the log of the environment. */
  audit(event: AuditEvent): Promise<AuditReceipt>
}

/**
 * Adds `this.audit({...})` to a class.
 *
 * ```ts
 * class Orders extends Auditable(Repository) {
 *   async cancel(id: string) {
 *     await this.audit({ type: 'order.cancelled', resource: { type: 'order', id } })
 *   }
 * }
 * ```
 */
export function Auditable<Base extends AnyClass>(base: Base): Base & AuditableClass {
  abstract class Audited extends base {
    async audit(event: AuditEvent): Promise<AuditReceipt> {
      return demandLogger(event.type).record(event)
    }
  }
  return Audited
}

function demandLogger(type: string): AuditLogger {
  const logger = loggerHere()
  if (logger !== undefined) return logger
  throw auditError('ERR_AUDIT_UNAVAILABLE', {
    message: `Nothing records '${type}': make an auditLogger() on the environment before it is called`,
  })
}
