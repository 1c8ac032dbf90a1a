export type { Ability } from './ability.ts'
export type { Access, LoadOptions, RequireOptions } from './access.ts'
export { publicRoute } from '@sallyport/core'
export type { Condition, ObjectRef, Operand, Predicate, PrincipalPath, PrincipalRef, Scalar } from './condition.ts'
export type { DefaultDenyOptions } from './default-deny/default-deny.ts'
export type { DecisionWord } from './policy.ts'
export type {
  ClosedRoles,
  PolicyDocument,
  RoleDefinition,
  RoleDefinitions,
  RuleDefinition,
  ScopeLimit,
  ServiceDefinitions,
} from './document.ts'
export { rbacErrors, type RbacErrorCode } from './errors.ts'
export type { Explanation, Reason, RuleTrace } from './explanation.ts'
export type { FilterCondition, FilterValue, ListFilter } from './list-filter.ts'
export type { LoadedObject, ObjectReader } from './loader.ts'
export type { RbacOptions, RbacPolicyOptions } from './options.ts'
export type { PatternOf } from './permission.ts'
export { rbac } from './rbac.ts'
export type { PolicyReading, PolicySource } from './source.ts'
