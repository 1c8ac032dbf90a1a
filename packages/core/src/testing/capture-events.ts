import type { Environment } from '../environment.ts'
import type { SecurityEvent, SecurityEventType } from '../events.ts'
import { onSecurityEvent } from '../publish.ts'

/** Security events as they come. */
export interface CapturedEvents extends Disposable {
  readonly all: readonly SecurityEvent[]
  /** Those of one type. */
  of<Type extends SecurityEventType>(type: Type): readonly SecurityEvent<Type>[]
  /** Stops listening. */
  stop(): void
}

/** Collects the security events of an environment until it is stopped. */
export function captureEvents(env: Environment): CapturedEvents {
  const all: SecurityEvent[] = []
  const stop = onSecurityEvent((event) => all.push(event), { env })
  return {
    all,
    of: <Type extends SecurityEventType>(type: Type) =>
      all.filter((event) => event.type === type) as unknown as readonly SecurityEvent<Type>[],
    stop,
    [Symbol.dispose]: stop,
  }
}
