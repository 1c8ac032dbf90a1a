export type { CasePrincipal } from './case-principal.ts'
export { fromCasbin, type CasbinImport } from './from-casbin.ts'
export { impact, type Impact, type ImpactChange, type ImpactOptions } from './impact.ts'
export {
  testPolicy,
  type PolicyCase,
  type PolicyCaseFailure,
  type PolicySuite,
  type PolicyTestResult,
} from './test-policy.ts'
