import { coreError, SecurityError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Answer, GateDescription } from '../gate.ts'
import { checkAnswer, openGate, refusalOf } from '../hosts/run-gate.ts'
import { isPromise } from '../is-promise.ts'

/**
 * Asks a gate for a door: nothing is to pass on, an `Answer` is to be given. What it throws, or rejects with, is the refusal, published
 * and with its challenge: it goes to the app's own error handling as it is. Synchronous wherever the gate and who listens are.
 * @throws SecurityError whatever the gate has refused with; ERR_GATE_FAILED (503) for what it should not have thrown or returned
 */
export function askGate(description: GateDescription, exchange: Exchange): ReturnType<GateDescription['gate']> {
  let result: ReturnType<GateDescription['gate']>
  try {
    result = openGate(description, exchange)
    if (!isPromise(result)) return checked(result)
  } catch (thrown) {
    return refuse(thrown)
  }
  return result.then(checked).catch(refuse)

  function checked(given: void | Answer): void | Answer {
    if (given === undefined) return undefined
    if (exchange.headersSent) throw coreError('ERR_RESPONSE_STARTED')
    return checkAnswer(given)
  }

  function refuse(thrown: unknown): Promise<never> {
    const refusal = refusalOf(description, exchange, thrown)
    if (SecurityError.is(refusal)) throw refusal
    return (refusal as Promise<SecurityError>).then((error) => {
      throw error
    })
  }
}
