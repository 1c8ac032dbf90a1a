export { securityGuard, type NestSecurityOptions, type SecurityGuard } from './security-guard.ts'
export { securityModule } from './security-module.ts'
