export type { ReportControl, ReportFramework } from './framework.ts'
export { reportFrameworks, type FrameworkName } from './frameworks.ts'
export { renderReport, type ReportForm } from './render.ts'
export {
  complianceReport,
  type ComplianceReport,
  type ComplianceReportOptions,
  type ControlEvidence,
  type ReportSample,
} from './report.ts'
export { importSarif } from './sarif.ts'
