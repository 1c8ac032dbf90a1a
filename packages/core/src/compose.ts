import { coreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Answer, Gate, GateDescription, Requirements } from './gate.ts'
import { nameRefusal, refusalOf } from './hosts/run-gate.ts'
import { isPromise } from './is-promise.ts'
import { defineMiddleware, describeGate, type Middleware } from './hosts/middleware.ts'

/**
 * Makes one middleware of several, which open one after the other.
 * @throws SecurityError ERR_OPTION for what is no middleware of Sallyport, or not of one environment
 */
export function compose(...middlewares: readonly [Middleware, ...Middleware[]]): Middleware {
  const parts = middlewares.map((middleware, i) => partOf('compose', middleware, i))
  const environment = parts[0]?.environment
  if (environment === undefined) throw coreError('ERR_OPTION', { message: 'compose: give at least one middleware' })
  const stranger = parts.find((part) => part.environment !== environment)
  if (stranger) {
    throw coreError('ERR_OPTION', {
      message: `compose: ${stranger.name} is on another environment than ${parts[0]!.name}; pass both the same \`env\``,
    })
  }
  return defineMiddleware({
    name: parts.map((part) => part.name).join('+'),
    requires: parts.reduce<Requirements>((all, part) => unite(all, part.requires), {}),
    environment,
    parts,
    gate: (exchange) => openFrom(0, exchange),
  })

  function openFrom(start: number, exchange: Exchange): ReturnType<Gate> {
    for (let i = start; i < parts.length; i++) {
      const part = parts[i]!
      let result: ReturnType<Gate>
      try {
        result = part.gate(exchange)
      } catch (thrown) {
        nameRefusal(thrown, part.name)
        throw thrown
      }
      if (result === undefined) continue
      if (!isPromise(result)) return result
      return result.then(
        (answer) => answer ?? openFrom(i + 1, exchange),
        (thrown: unknown) => {
          nameRefusal(thrown, part.name)
          throw thrown
        },
      )
    }
    return undefined
  }
}

/**
 * Makes a middleware publish what it would have refused (`gate.refused` with `reportOnly: true`), and pass: how a live app finds out
 * what a gate would do. Whoever is accepted is known to later gates all the same.
 */
export function reportOnly(middleware: Middleware): Middleware {
  const inner = partOf('reportOnly', middleware, 0)
  return defineMiddleware({
    name: `reportOnly(${inner.name})`,
    requires: {},
    environment: inner.environment,
    parts: [inner],
    gate(exchange) {
      const trial = exchange as Exchange & { trial?: boolean }
      trial.trial = true
      let result: ReturnType<Gate>
      try {
        result = inner.gate(exchange)
      } catch (thrown) {
        return report(thrown)
      }
      if (!isPromise(result)) return settle(result)
      return result.then(settle, report)

      function settle(answer: void | Answer): void | Promise<void> {
        trial.trial = false
        if (answer === undefined) return undefined
        return published(
          exchange.environment.publish(
            'gate.refused',
            { gate: inner.name, code: 'ANSWER', status: answer.status, reportOnly: true },
            exchange,
          ),
        )
      }

      function report(thrown: unknown): void | Promise<void> {
        trial.trial = false
        const told = refusalOf(inner, exchange, thrown, { reportOnly: true })
        return isPromise(told) ? told.then(() => undefined) : undefined
      }
    },
  })
}

/** A report that cannot be recorded stops nobody: that is what reporting only means. */
function published(wait: void | Promise<void>): void | Promise<void> {
  return wait?.catch(() => undefined)
}

function partOf(factory: string, middleware: unknown, position: number): GateDescription {
  const description = describeGate(middleware)
  if (description) return description
  throw coreError('ERR_OPTION', {
    message: `${factory}: argument ${position + 1} is no middleware of Sallyport; mount the app's own beside it`,
  })
}

function unite(a: Requirements, b: Requirements): Requirements {
  const authentication =
    [a.authentication, b.authentication].find((one) => one === 'required') ?? b.authentication ?? a.authentication
  const permissions = [...(a.permissions ?? []), ...(b.permissions ?? [])]
  const anyPermissions = [...(a.anyPermissions ?? []), ...(b.anyPermissions ?? [])]
  const scopes = [...(a.scopes ?? []), ...(b.scopes ?? [])]
  const factors = [...(a.factors ?? []), ...(b.factors ?? [])]
  const login = a.login ?? b.login
  const open = a.public ?? b.public
  return {
    ...(authentication && { authentication }),
    ...(permissions.length > 0 && { permissions }),
    ...(anyPermissions.length > 0 && { anyPermissions }),
    ...(scopes.length > 0 && { scopes }),
    ...(factors.length > 0 && { factors }),
    ...(login !== undefined && { login }),
    ...(open !== undefined && { public: open }),
  }
}
