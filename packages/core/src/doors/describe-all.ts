import { compose } from '../compose.ts'
import { coreError } from '../errors.ts'
import type { GateDescription } from '../gate.ts'
import { describeGate, type Middleware } from '../hosts/middleware.ts'

/**
 * The one gate that a door is given as several middlewares.
 * @throws SecurityError ERR_OPTION for what is no middleware of Sallyport, or not of one environment
 */
export function describeAll(door: string, middlewares: readonly Middleware[]): GateDescription {
  const [first, ...others] = middlewares
  const description = first && describeGate(others.length === 0 ? first : compose(first, ...others))
  if (description) return description
  throw coreError('ERR_OPTION', {
    message: `${door}: give it middlewares of Sallyport; mount the app's own beside them`,
  })
}
