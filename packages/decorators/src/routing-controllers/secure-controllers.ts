import { coreError } from '@sallyport/core'
import { getMetadataArgsStorage } from 'routing-controllers'
import { chainOf, isStandard } from '../record.ts'
import { checkRuleGates, gatesOf, type RuleGateOptions } from '../rule-gates.ts'
import { methodNames, rulesOf } from '../rules.ts'

/** Options of `secureControllers`: the gates that enforce the rules. */
export interface SecureControllersOptions extends RuleGateOptions {}

/**
 * Puts the gates of their rules before the actions of controllers of routing-controllers. Call it before `useExpressServer` or `useKoaServer`.
 *
 * ```ts
 * useExpressServer(app, { controllers: secureControllers([OrdersController], { access }) })
 * ```
 * @returns the same controllers
 * @throws SecurityError ERR_OPTION for an action without a rule, a rule without a gate, a class that has no action, and classes compiled with
 *   standard decorators, which routing-controllers registers wrongly without a word
 */
export function secureControllers<Controller extends Function>(
  controllers: readonly Controller[],
  options: SecureControllersOptions = {},
): Controller[] {
  checkRuleGates('secureControllers', options)
  const storage = getMetadataArgsStorage()
  // Under standard decorators it takes the function for the object, and the context for the name.
  const misregistered = storage.actions.some(({ method }) => typeof method !== 'string')
  const planned = controllers.flatMap((target) => {
    if (misregistered || isStandardClass(target)) {
      throw coreError('ERR_OPTION', {
        message: `secureControllers: ${target.name || 'a controller'} was compiled with standard decorators; routing-controllers needs \`experimentalDecorators\``,
      })
    }
    const names = new Set(
      chainOf(target).flatMap((one) => storage.filterActionsWithTarget(one).map(({ method }) => method)),
    )
    if (names.size === 0) {
      throw coreError('ERR_OPTION', {
        message: `secureControllers: ${target.name} has no action of routing-controllers`,
      })
    }
    return [...names].flatMap((method) =>
      gatesOf(`${target.name}.${method}`, rulesOf(target, method), options).map((middleware) => ({
        target,
        method,
        middleware: middleware as Function,
        afterAction: false,
      })),
    )
  })
  // Before what the app itself puts before its actions.
  storage.uses.unshift(...planned)
  return [...controllers]
}

function isStandardClass(target: Function): boolean {
  const prototype = target.prototype as Readonly<Record<PropertyKey, Function>>
  return isStandard(target) || methodNames(target).some((name) => isStandard(prototype[name]!))
}
