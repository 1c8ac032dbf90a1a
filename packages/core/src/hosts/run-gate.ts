import { debugOf } from '../debug.ts'
import { coreError, originOf, SecurityError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Answer, GateDescription } from '../gate.ts'
import { strayReporter } from '../isolate.ts'

const debug = debugOf('core')

/** A defect in a gate refuses every request of the app: it must not only be seen by who listens to events. */
const reportDefect = strayReporter('A gate')

/** Which part of a composed gate refused. */
const refusedBy = new WeakMap<object, string>()

/** Remembers the inner gate that threw, for events and debug lines. */
export function nameRefusal(thrown: unknown, name: string): void {
  if (typeof thrown === 'object' && thrown !== null && !refusedBy.has(thrown)) refusedBy.set(thrown, name)
}

/** Opens a gate; an environment that was closed lets nobody in. */
export function openGate(description: GateDescription, exchange: Exchange): void | Answer | Promise<void | Answer> {
  const { environment } = description
  if (environment.closed) throw coreError('ERR_ENVIRONMENT_CLOSED')
  // One exchange has one environment; a second one would see neither the principal's revocations nor its events.
  if (exchange.environment !== environment) {
    throw coreError('ERR_ENVIRONMENT_CONFLICT', {
      message: `${description.name} is on another environment than the gate before it; pass both the same \`env\``,
    })
  }
  return description.gate(exchange)
}

/** The way of whoever is told of a gate's refusal. */
export interface RefusalOptions {
  readonly reportOnly?: boolean
}

/**
 * Turns what a gate threw into the refusal to give, after it was published. A promise only where a listener asked to wait; never
 * rejects.
 */
export function refusalOf(
  description: GateDescription,
  exchange: Exchange,
  thrown: unknown,
  options: RefusalOptions = {},
): SecurityError | Promise<SecurityError> {
  const gate = (typeof thrown === 'object' && thrown !== null && refusedBy.get(thrown)) || description.name
  const refused = SecurityError.is(thrown)
  const error = refused ? challenged(thrown, exchange) : failure(gate, thrown)
  if (!refused) reportDefect(thrown)
  const { code, status } = error
  if (debug.enabled) {
    debug(
      `${exchange.method} ${exchange.path}: ${gate} ${options.reportOnly ? 'would refuse' : 'refused'} with ${status} ${code}`,
    )
  }
  const waits: Promise<void>[] = []
  const environment = exchange.environment
  try {
    if (!refused) collect(environment.publish('gate.failed', { gate, ...originOf(thrown) }, exchange))
    collect(
      environment.publish('gate.refused', { gate, code, status, reportOnly: options.reportOnly === true }, exchange),
    )
  } catch (unpublished) {
    return failure(gate, unpublished)
  }
  if (waits.length === 0) return error
  return Promise.all(waits).then(
    () => error,
    (unrecorded: unknown) => (SecurityError.is(unrecorded) ? unrecorded : failure(gate, unrecorded)),
  )

  function collect(wait: void | Promise<void>): void {
    if (wait !== undefined) waits.push(wait)
  }
}

/** The scheme of a login that the app has and that HTTP has no name for. */
const UNNAMED = 'Session'

/** A 401 names at least one challenge (RFC 9110, section 15.5.2): where the gate named none, those of the gates before it. */
function challenged(error: SecurityError, { challenges }: Exchange): SecurityError {
  const { code, status, message, headers, expose, origin, stack } = error
  if (status !== 401 || headers['www-authenticate'] !== undefined) return error
  const challenge = challenges.length === 0 ? UNNAMED : challenges.join(', ')
  return Object.assign(
    new SecurityError(code, {
      status,
      message,
      headers: { ...headers, 'www-authenticate': challenge },
      expose,
      ...(origin && { origin }),
    }),
    { stack },
  )
}

function failure(gate: string, thrown: unknown): SecurityError {
  const origin = originOf(thrown)
  const what = [origin.name, origin.code, origin.at].filter((part) => part !== undefined).join(' ')
  return coreError('ERR_GATE_FAILED', { message: `${gate} failed unexpectedly: ${what}`, origin })
}

/** @throws TypeError for what a gate may not return: taking it for a pass would be to let in by mistake */
export function checkAnswer(result: Answer): Answer {
  const { status } = Object(result) as Partial<Answer>
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new TypeError('A gate returns nothing or an Answer')
  }
  return result
}
