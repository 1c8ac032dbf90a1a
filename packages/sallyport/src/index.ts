export { UsageError, type Command, type Given, type Output } from './command.ts'
export { loadSallyport, type LoadOptions } from './configuration/load.ts'
export { validateConfiguration, type ConfigurationError, type Validity } from './configuration/validate.ts'
export type { Variables } from './configuration/variables.ts'
export type { CorsRules } from './preset/cors.ts'
export { Sallyport, type App, type Builder } from './preset/fluent.ts'
export type {
  AuditPartOptions,
  Compliance,
  LimitsOptions,
  MfaPartOptions,
  PartOptions,
  SallyportOptions,
} from './preset/options.ts'
export type { PresetName } from './preset/presets.ts'
export type { Sallyport as SallyportGuard } from './preset/result.ts'
export { sallyport } from './preset/sallyport.ts'
export { listRoutes } from './routes/list-routes.ts'
export type { ListedRoute, RouteList, RouteVerdict } from './routes/route.ts'
