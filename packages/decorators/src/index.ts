export {
  Audit,
  Authenticated,
  decoratorsFor,
  Public,
  Require,
  RequireAny,
  RequireMfa,
  RequireScope,
} from './decorators.ts'
export type { CatalogueDecorators } from './decorators.ts'
export type { ClassDecorator, MethodDecorator, SecurityDecorator } from './decorator.ts'
export { decoratorErrors, type DecoratorErrorCode } from './errors.ts'
export { mountController, type AnyRouter, type MountOptions } from './mount-controller.ts'
export { All, Controller, Delete, Get, Head, Options, Patch, Post, Put } from './route-decorators.ts'
export type { AccessGates, RuleGateOptions } from './rule-gates.ts'
export type { MfaDemand, Rule, Rules } from './rule.ts'
export { rulesOf } from './rules.ts'
