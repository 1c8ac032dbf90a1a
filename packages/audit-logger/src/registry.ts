import { currentExchange, defaultEnvironment, type Environment } from '@sallyport/core'
import type { AuditLogger } from './contract.ts'

/** Shared by all copies of this package in the process. */
const KEY = Symbol.for('sallyport.audit-loggers')
const open = ((globalThis as Record<symbol, unknown>)[KEY] ??= new Map()) as Map<Environment, AuditLogger>

/** Makes a logger the one of its environment, until it is closed: decorated classes know no other way to it. */
export function register(environment: Environment, logger: AuditLogger): void {
  open.set(environment, logger)
}

export function unregister(environment: Environment): void {
  open.delete(environment)
}

/** The logger of the request that is being served; outside of requests that of the process, or the only one. */
export function loggerHere(): AuditLogger | undefined {
  // Without a logger nobody has switched the asynchronous context on.
  if (open.size === 0) return undefined
  const exchange = currentExchange()
  if (exchange !== undefined) return open.get(exchange.environment)
  const [only] = open.size === 1 ? open.values() : []
  return only ?? open.get(defaultEnvironment())
}
