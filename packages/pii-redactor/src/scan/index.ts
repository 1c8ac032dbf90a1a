export { formatFindings, type ScanFormat } from './format.ts'
export { scanFiles, type Finding, type ScanOptions, type ScanReport } from './scan-files.ts'
