import { describeGate, type GateDescription, type Middleware } from '@sallyport/core'
import { type CanActivate, type ExecutionContext } from '@nestjs/common'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkRuleGates, gatesOf, type RuleGateOptions } from '../rule-gates.ts'
import { methodNames, rulesOf } from '../rules.ts'
import { exceptionOf } from './exception.ts'

/** Options of `securityGuard` and `securityModule`: the gates that enforce the rules. */
export interface NestSecurityOptions extends RuleGateOptions {}

/** Under this key the guard tells a list of routes what it demands. */
const GUARD: unique symbol = Symbol.for('sallyport.guard') as never

/** A guard of Nest that enforces the rules on controllers. */
export interface SecurityGuard extends CanActivate {
  canActivate(context: ExecutionContext): Promise<boolean>
  readonly [GUARD]: (controller: Function, handler: Function) => readonly GateDescription[]
  /**
   * Makes the gates of a handler.
   * @throws SecurityError ERR_OPTION for a rule without a gate, and for a handler without a rule
   */
  prepare(controller: Function, handler: Function): void
}

/** Express's request, or Fastify's with Node's own inside. */
type Request = IncomingMessage & { readonly raw?: IncomingMessage & { principal?: unknown }; principal?: unknown }
type Response = ServerResponse & { readonly raw?: ServerResponse }

/**
 * Enforces the rules of decorators on every handler of a Nest app, and refuses handlers without one.
 *
 * ```ts
 * @Module({ providers: [{ provide: APP_GUARD, useValue: securityGuard({ access, before: [login] }) }] })
 * ```
 * `securityModule` does the same and looks at all controllers when the app starts.
 * @throws SecurityError ERR_OPTION
 */
export function securityGuard(options: NestSecurityOptions = {}): SecurityGuard {
  checkRuleGates('securityGuard', options)
  const known = new WeakMap<Function, Map<Function, readonly Middleware[]>>()

  const gatesFor = (controller: Function, handler: Function): readonly Middleware[] => {
    const ofController = known.get(controller) ?? new Map<Function, readonly Middleware[]>()
    known.set(controller, ofController)
    const present = ofController.get(handler)
    if (present) return present
    const where = `${controller.name}.${handler.name}`
    const gates = gatesOf(where, rulesOf(controller, nameOf(controller, handler)), options)
    ofController.set(handler, gates)
    return gates
  }

  return {
    async canActivate(context) {
      // What is no request over HTTP has no gates that could look at it.
      if (context.getType() !== 'http') return false
      const http = context.switchToHttp()
      const request = http.getRequest<Request>()
      const response = http.getResponse<Response>()
      const res = response.raw ?? response
      try {
        for (const gate of gatesFor(context.getClass(), context.getHandler()))
          await pass(gate, request.raw ?? request, res)
      } catch (thrown) {
        throw exceptionOf(thrown, res)
      }
      if (request.raw) request.principal = request.raw.principal
      return true
    },
    prepare: (controller, handler) => void gatesFor(controller, handler),
    [GUARD]: (controller, handler) => {
      try {
        return gatesFor(controller, handler).flatMap((gate) => describeGate(gate) ?? [])
      } catch {
        // The app does not start with it; in a list it is a handler without a gate.
        return []
      }
    },
  }
}

/** Opens one gate. One that answers by itself never goes on, and neither does the handler. */
function pass(gate: Middleware, req: IncomingMessage, res: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    gate(req, res, (err) => {
      if (err === undefined) resolve()
      else reject(err as Error)
    })
  })
}

/** The name under which a class has a handler: other decorators may have given the function another one. */
function nameOf(controller: Function, handler: Function): PropertyKey {
  const prototype = controller.prototype as Readonly<Record<PropertyKey, unknown>>
  return methodNames(controller).find((name) => prototype[name] === handler) ?? handler.name
}
