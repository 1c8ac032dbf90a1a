import type { IncomingMessage, ServerResponse } from 'node:http'
import { runInContext } from '../context.ts'
import { coreError, SecurityError } from '../errors.ts'
import type { Answer, GateDescription } from '../gate.ts'
import { EXCHANGE, NodeExchange, type NodeRequest } from './node-exchange.ts'
import { isPromise } from '../is-promise.ts'
import { checkAnswer, openGate, refusalOf } from './run-gate.ts'
import { writeAnswer } from './write.ts'

type Next = (err?: unknown) => void

/** Serves Express 4 and 5, Connect and plain node:http. `next` is called once at most, and never from within our own try. */
export function serveNode(description: GateDescription, req: IncomingMessage, res: ServerResponse, next: Next): void {
  const exchange = (req as NodeRequest)[EXCHANGE] ?? new NodeExchange(description.environment, req, res)
  let result: void | Answer | Promise<void | Answer>
  try {
    result = openGate(description, exchange)
    if (result !== undefined && !isPromise(result)) checkAnswer(result)
  } catch (thrown) {
    new Passage(description, exchange, res, next).refuse(thrown)
    return
  }
  // The way of nearly every request allocates nothing of its own.
  if (result === undefined) pass(description, exchange, next)
  else new Passage(description, exchange, res, next).take(result)
}

function pass({ environment }: GateDescription, exchange: NodeExchange, next: Next): void {
  if (environment.asyncContext) runInContext(exchange, next)
  else next()
}

/** A request that a gate did not let pass at once. */
class Passage {
  readonly #description: GateDescription
  readonly #exchange: NodeExchange
  readonly #res: ServerResponse
  readonly #next: Next

  constructor(description: GateDescription, exchange: NodeExchange, res: ServerResponse, next: Next) {
    this.#description = description
    this.#exchange = exchange
    this.#res = res
    this.#next = next
  }

  take(result: Answer | Promise<void | Answer>): void {
    if (!isPromise(result)) return this.#answer(result)
    // Both ways in one `then`: an exception of what comes after `next` is not ours to answer.
    void result.then(
      (given) => this.#settle(given),
      (thrown: unknown) => this.refuse(thrown),
    )
  }

  refuse(thrown: unknown): void {
    const error = refusalOf(this.#description, this.#exchange, thrown)
    if (SecurityError.is(error)) this.#give(error)
    else void (error as Promise<SecurityError>).then((settled) => this.#give(settled))
  }

  #settle(given: void | Answer): void {
    if (given === undefined) return pass(this.#description, this.#exchange, this.#next)
    try {
      checkAnswer(given)
    } catch (thrown) {
      return this.refuse(thrown)
    }
    this.#answer(given)
  }

  #answer(given: Answer): void {
    if (this.#res.headersSent) this.refuse(coreError('ERR_RESPONSE_STARTED'))
    else writeAnswer(this.#res, given)
  }

  #give(error: SecurityError): void {
    // An earlier middleware has answered in full. What comes after must not run, and there is nobody to tell.
    if (!this.#res.writableEnded) this.#next(error)
  }
}
