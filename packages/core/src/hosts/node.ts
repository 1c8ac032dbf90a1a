import type { IncomingMessage, ServerResponse } from 'node:http'
import { runInContext } from '../context.ts'
import { coreError, SecurityError } from '../errors.ts'
import type { Answer, GateDescription } from '../gate.ts'
import { EXCHANGE, NodeExchange, type NodeRequest } from './node-exchange.ts'
import { checkAnswer, isPromise, openGate, refusalOf } from './run-gate.ts'
import { writeAnswer } from './write.ts'

/** Serves Express 4 and 5, Connect and plain node:http. `next` is called once at most, and never from within our own try. */
export function serveNode(
  description: GateDescription,
  req: IncomingMessage,
  res: ServerResponse,
  next: (err?: unknown) => void,
): void {
  const exchange = (req as NodeRequest)[EXCHANGE] ?? new NodeExchange(description.environment, req, res)
  let result: void | Answer | Promise<void | Answer>
  try {
    result = openGate(description, exchange)
    if (result !== undefined && !isPromise(result)) checkAnswer(result)
  } catch (thrown) {
    refuse(thrown)
    return
  }
  if (result === undefined) pass()
  else if (isPromise(result)) {
    // Both ways in one `then`: an exception of what comes after `next` is not ours to answer.
    void result.then(settle, refuse)
  } else answer(result)

  function settle(given: void | Answer): void {
    if (given === undefined) return pass()
    try {
      checkAnswer(given)
    } catch (thrown) {
      return refuse(thrown)
    }
    answer(given)
  }

  function pass(): void {
    if (description.environment.asyncContext) runInContext(exchange, next)
    else next()
  }

  function answer(given: Answer): void {
    if (res.headersSent) refuse(coreError('ERR_RESPONSE_STARTED'))
    else writeAnswer(res, given)
  }

  function refuse(thrown: unknown): void {
    const error = refusalOf(description, exchange, thrown)
    if (SecurityError.is(error)) give(error)
    else void (error as Promise<SecurityError>).then(give)
  }

  function give(error: SecurityError): void {
    // An earlier middleware has answered in full. What comes after must not run, and there is nobody to tell.
    if (!res.writableEnded) next(error)
  }
}
