export { auditMetrics, type AuditMetricsOptions } from './metrics.ts'
